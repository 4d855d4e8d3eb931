//! What operators are told about a scope that the app lacks: which, what does not work without it, and what to do.

use super::{Ability, Lack};
use crate::ids::ChannelId;

/// That a scope is missing.
pub fn scope_missing(lack: &Lack) -> String {
    let Lack { ability, channel, .. } = lack;
    let channel = place(channel.as_ref());
    let without = match ability {
        Ability::Post => "it can post nothing. What is to be posted waits".to_owned(),
        Ability::TellDirectly => {
            "nobody can be told anything directly, so requesters do not hear how their requests \
                                  end. What they are to be told waits"
                .to_owned()
        }
        Ability::KnowPeople => {
            "Slack does not say who is a guest, deactivated or from another organization, so nobody \
                                can decide or freeze anything in Slack"
                .to_owned()
        }
        Ability::KnowGroups => {
            "Slack does not say who is in its user groups, so nobody has any right by one".to_owned()
        }
        Ability::KnowChannels => format!(
            "Slack does not say whether {channel} is shared with another organization, so nothing about requests is \
             posted there"
        ),
        Ability::SendFiles => "nobody can be sent an export. Who asks for one is told so".to_owned(),
        Ability::ReadBack => format!(
            "a card whose posting Slack did not confirm can't be looked for in {channel}. It may stand twice; both lead \
             to one decision"
        ),
    };
    format!(
        "The Slack app lacks the scope {}: {without}. Please add it on the app's page and install the app anew.",
        lack.needs()
    )
}

/// That it is there again.
pub fn scope_works(ability: Ability, channel: Option<&ChannelId>) -> String {
    let channel = place(channel);
    match ability {
        Ability::Post => "The Slack app can post again.".to_owned(),
        Ability::TellDirectly => "People can be told directly again.".to_owned(),
        Ability::KnowPeople => "Slack says again who people are there.".to_owned(),
        Ability::KnowGroups => "Slack says again who is in its user groups.".to_owned(),
        Ability::KnowChannels => {
            format!("Slack says again whether {channel} is shared with another organization.")
        }
        Ability::SendFiles => "Exports can be sent again.".to_owned(),
        Ability::ReadBack => format!("Cards can be looked for again in {channel}."),
    }
}

fn place(channel: Option<&ChannelId>) -> &str {
    channel.map_or("a channel", ChannelId::as_str)
}
