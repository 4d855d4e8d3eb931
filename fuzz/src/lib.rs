//! What must hold for any bytes at all. The ordinary tests run these functions over the seeds, too, so that they
//! keep compiling and the seeds keep making sense.

use std::path::Path;

use countersign::config::Config;
use countersign::github::{Delivery, Event};
use countersign::request::{Level, Repositories, Revision};
use countersign::slack::{Interaction, ReplyHosts, Slash, Tick};
use url::Url;

/// The event's name on the first line, the body after it. Gives whether it is something that is acted on.
pub fn webhook(data: &[u8]) -> bool {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(event) = std::str::from_utf8(&data[..line]) else { return false };
    let body = data.get(line + 1..).unwrap_or_default();
    let Ok(delivery) = Delivery::parse(event, Some(event), body) else { return false };
    match delivery.event {
        Event::TokenRequest(event) => {
            let facts = &event.facts;
            assert_eq!(Revision::of(facts), Revision::of(&facts.clone()));
            assert!(facts.permissions.iter().all(|(_, level)| (1..=9).contains(&level.rank())));
            let is_unknown = |level: &Level| matches!(level, Level::Unknown(_));
            if facts.permissions.iter().any(|(_, level)| is_unknown(level)) {
                assert!(facts.permissions.highest().is_some_and(is_unknown));
            }
            if let Repositories::Subset { listed, .. } = &facts.repositories {
                assert!(!listed.is_empty() || !facts.repositories.is_fully_listed());
            }
            true
        }
        Event::Installation(_) | Event::Memberships(_) => true,
        Event::Ping | Event::Other { .. } => false,
    }
}

/// The body of `POST /slack/interactions`.
pub fn interaction(data: &[u8]) -> bool {
    let Ok(interaction) = Interaction::from_form(data, &hosts()) else { return false };
    assert_eq!(Interaction::from_form(data, &hosts()), Ok(interaction.clone()));
    if let Interaction::Button(click) = &interaction {
        assert!(!click.user.as_str().is_empty());
        assert!(!click.click_id().contains(char::is_control));
        click.response_url.iter().for_each(|url| assert_ours(url.expose()));
    }
    if let Interaction::Submission(submission) = &interaction {
        let ticks = &submission.ticks;
        let is_first = |(at, tick): (usize, &Tick)| ticks[..at].iter().all(|other| other.key != tick.key);
        assert!(ticks.iter().enumerate().all(is_first), "each request is ticked once");
    }
    true
}

/// The body of `POST /slack/commands`.
pub fn command(data: &[u8]) -> bool {
    let Ok(slash) = Slash::from_form(data, &hosts()) else { return false };
    if let Slash::Command(command) = &slash {
        assert!(!command.user.as_str().is_empty());
        command.response_url.iter().for_each(|url| assert_ours(url.expose()));
    }
    true
}

/// A file of configuration. That its private key is none does not count: a seed has none to give away.
pub fn configuration(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    // Secrets may be named by path; what the fuzzer makes up must not be read, least of all a device.
    if text.contains('/') && text.contains("file") {
        return false;
    }
    match Config::parse(text, Path::new("/nowhere"), []) {
        Ok(_) => true,
        Err(mistakes) => {
            assert!(mistakes.iter().all(|mistake| !mistake.problem.is_empty() && !mistake.cure.is_empty()));
            mistakes.iter().all(|mistake| mistake.key == "github.private_key")
        }
    }
}

fn hosts() -> ReplyHosts {
    ReplyHosts::new(Url::parse("https://slack.com/api").expect("a valid address"))
}

/// Read once more by hand, not by the code that let it through.
fn assert_ours(url: &str) {
    let rest = url.strip_prefix("https://").expect("https alone");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_under = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    assert!(is_under("slack.com") || is_under("slack-gov.com"), "an answer would go elsewhere");
}
