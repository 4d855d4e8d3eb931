//! Slack's slash commands, turned into questions.
//!
//! docs.slack.dev, implementing-slash-commands: a flat form.

use serde::Deserialize;

use super::command_text::CommandText;
use super::lenient::{Malformed, said, utf8};
use super::origin::Origin;
use super::reply::{ReplyHosts, ResponseUrl, TriggerId};
use crate::ids::{ChannelId, EnterpriseId, SlackAppId, SlackUserId, TeamId};

/// What came to the command's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slash {
    Command(Box<Command>),
    /// Slack tests our certificate; signed like everything else, answered with an empty 200.
    SslCheck,
}

/// `/pat …`, typed by somebody in the installing workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub origin: Origin,
    pub user: SlackUserId,
    pub channel: Option<ChannelId>,
    /// The command as it is installed, for our answers to repeat: `/pat`.
    pub command: String,
    pub text: CommandText,
    pub response_url: Option<ResponseUrl>,
    pub trigger_id: Option<TriggerId>,
}

impl Slash {
    /// Reads the body of `POST /slack/commands`.
    pub fn from_form(body: &[u8], hosts: &ReplyHosts) -> Result<Self, Malformed> {
        let form: Form = serde_urlencoded::from_str(utf8(body)?).map_err(|_| Malformed("not a form"))?;
        if form.ssl_check.as_deref() == Some("1") {
            return Ok(Self::SslCheck);
        }
        Ok(Self::Command(Box::new(form.into_command(hosts)?)))
    }
}

#[derive(Deserialize)]
struct Form {
    api_app_id: Option<String>,
    team_id: Option<String>,
    enterprise_id: Option<String>,
    is_enterprise_install: Option<String>,
    channel_id: Option<String>,
    user_id: Option<String>,
    command: Option<String>,
    text: Option<String>,
    response_url: Option<String>,
    trigger_id: Option<String>,
    ssl_check: Option<String>,
}

impl Form {
    fn into_command(self, hosts: &ReplyHosts) -> Result<Command, Malformed> {
        let user = said(self.user_id).ok_or(Malformed("the command names no user"))?;
        let command = said(self.command).ok_or(Malformed("the command has no name"))?;
        Ok(Command {
            origin: Origin {
                app: said(self.api_app_id).map(SlackAppId::new),
                team: said(self.team_id).map(TeamId::new),
                enterprise: said(self.enterprise_id).map(EnterpriseId::new),
                is_enterprise_install: self.is_enterprise_install.as_deref() == Some("true"),
                user_team: None,
                view_installed_team: None,
            },
            user: SlackUserId::new(user),
            channel: said(self.channel_id).map(ChannelId::new),
            command,
            text: CommandText::from(self.text.unwrap_or_default().as_str()),
            response_url: self.response_url.and_then(|url| hosts.allow(&url)),
            trigger_id: said(self.trigger_id).map(TriggerId::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::slack::fixtures;

    fn hosts() -> ReplyHosts {
        ReplyHosts::new(Url::parse("https://slack.com/api").unwrap())
    }

    fn parse(fields: &[(&str, &str)]) -> Result<Slash, Malformed> {
        Slash::from_form(serde_urlencoded::to_string(fields).unwrap().as_bytes(), &hosts())
    }

    #[test]
    fn a_command_says_who_asks_what() {
        let slash = parse(&[
            ("token", "ignored"),
            ("api_app_id", "A0COUNTER"),
            ("team_id", "T0ACME"),
            ("enterprise_id", "E0ACME"),
            ("is_enterprise_install", "true"),
            ("channel_id", "C0APPROVALS"),
            ("user_id", "U0ALICE"),
            ("user_name", "bob"),
            ("command", "/pat"),
            ("text", "whoami"),
            ("response_url", "https://hooks.slack.com/commands/T0ACME/1/x"),
            ("trigger_id", "1.2.x"),
        ]);

        let Ok(Slash::Command(command)) = slash else { panic!("{slash:?}") };
        assert_eq!(command.user, SlackUserId::new("U0ALICE"));
        assert_eq!(command.channel, Some(ChannelId::new("C0APPROVALS")));
        assert_eq!(command.text, CommandText::WhoAmI);
        assert_eq!(command.origin.app, Some(SlackAppId::new("A0COUNTER")));
        assert_eq!(command.origin.enterprise, Some(EnterpriseId::new("E0ACME")));
        assert!(command.origin.is_enterprise_install);
        assert!(command.response_url.is_some());
    }

    #[test]
    fn a_certificate_check_is_recognised() {
        assert_eq!(parse(&[("ssl_check", "1"), ("token", "x")]), Ok(Slash::SslCheck));
    }

    #[test]
    fn a_command_needs_a_user_and_a_name_once_each() {
        assert!(parse(&[]).is_err());
        assert!(parse(&[("user_id", ""), ("command", "/pat")]).is_err());
        assert!(parse(&[("user_id", "U0ALICE")]).is_err());
        assert!(parse(&[("user_id", "U0ALICE"), ("user_id", "U0BOB"), ("command", "/pat")]).is_err());
    }

    #[test]
    fn published_commands_parse() {
        for (name, text) in fixtures::starting_with(&["slash_command."]) {
            let outcome = Slash::from_form(text.trim_end().as_bytes(), &hosts());
            assert!(matches!(outcome, Ok(Slash::Command(_))), "{name}: {outcome:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_parser_down(body: Vec<u8>, text in "\\PC*") {
            let _ = Slash::from_form(&body, &hosts());
            prop_assert!(parse(&[("user_id", "U0ALICE"), ("command", "/pat"), ("text", &text)]).is_ok());
        }
    }
}
