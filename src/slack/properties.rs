//! A spoilt click or command is never worth more than the whole one: what can't be read is not there, and what is not
//! there lets nobody in.

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::{ButtonClick, Command, CommandText, Interaction, Origin, ReplyHosts, SlackInstallation, Slash};
use crate::ids::{SlackAppId, TeamId};

fn hosts() -> ReplyHosts {
    ReplyHosts::new(Url::parse("https://slack.com/api").unwrap())
}

fn ours() -> SlackInstallation {
    SlackInstallation {
        app: SlackAppId::new("A0COUNTER"),
        team: Some(TeamId::new("T0ACME")),
        enterprise: None,
        is_enterprise_install: false,
    }
}

/// Alice presses Approve, in a workspace or an app of this name.
fn approve(team: &str, app: &str) -> Value {
    json!({
        "type": "block_actions",
        "api_app_id": app,
        "team": { "id": team, "enterprise_id": "E0OTHER" },
        "enterprise": { "id": "E0OTHER" },
        "is_enterprise_install": false,
        "user": { "id": "U0ALICE", "team_id": "T0ACME" },
        "view": { "app_installed_team_id": team },
        "container": { "message_ts": "1795000000.000100", "channel_id": "C0APPROVALS", "is_ephemeral": false },
        "actions": [{ "action_id": "approve", "block_id": "r-7f3k2.00ff", "value": "r-7f3k2", "action_ts": "1795000009.5" }],
        "response_url": "https://hooks.slack.com/actions/T0ACME/1/x",
        "trigger_id": "1.2.x"
    })
}

const PLACES: [&str; 24] = [
    "/type",
    "/api_app_id",
    "/team",
    "/team/id",
    "/team/enterprise_id",
    "/enterprise",
    "/enterprise/id",
    "/is_enterprise_install",
    "/user",
    "/user/id",
    "/user/team_id",
    "/view",
    "/view/app_installed_team_id",
    "/container",
    "/container/message_ts",
    "/container/channel_id",
    "/container/is_ephemeral",
    "/actions",
    "/actions/0",
    "/actions/0/action_id",
    "/actions/0/block_id",
    "/actions/0/value",
    "/actions/0/action_ts",
    "/response_url",
];

/// Where, and what stands there instead; `None`: nothing.
fn spoiling() -> impl Strategy<Value = (&'static str, Option<Value>)> {
    let odd = vec![
        None,
        Some(json!(null)),
        Some(json!(true)),
        Some(json!(7)),
        Some(json!(1e300)),
        Some(json!("")),
        Some(json!("\u{0}")),
        Some(json!("odd")),
        Some(json!([])),
        Some(json!([{}])),
        Some(json!({})),
        Some(json!({ "id": null })),
        Some(json!({ "id": ["T0ACME"] })),
    ];
    (prop::sample::select(&PLACES), prop::sample::select(odd))
}

fn spoil(payload: &mut Value, place: &str, instead: Option<Value>) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    match (payload.pointer_mut(parent), instead) {
        (Some(Value::Object(fields)), Some(instead)) => drop(fields.insert(name.to_owned(), instead)),
        (Some(Value::Object(fields)), None) => drop(fields.remove(name)),
        (Some(Value::Array(items)), Some(instead)) if !items.is_empty() => items[0] = instead,
        (Some(Value::Array(items)), None) => items.clear(),
        _ => {}
    }
}

fn click(payload: &Value) -> Option<ButtonClick> {
    let body = serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap();
    match Interaction::from_form(body.as_bytes(), &hosts()) {
        Ok(Interaction::Button(click)) => Some(*click),
        Ok(_) | Err(_) => None,
    }
}

/// The same, something odd that leads nowhere, or nothing.
fn is_worth_no_more(spoilt: &ButtonClick, whole: &ButtonClick) -> bool {
    let is_odd_or = |spoilt: Option<&str>, whole: Option<&str>| {
        spoilt.is_none_or(|one| one == "odd" || Some(one) == whole)
    };
    is_odd_or(Some(spoilt.user.as_str()), Some(whole.user.as_str()))
        && is_odd_or(
            spoilt.channel.as_ref().map(|one| one.as_str()),
            whole.channel.as_ref().map(|one| one.as_str()),
        )
        && is_odd_or(
            spoilt.message.as_ref().map(|one| one.as_str()),
            whole.message.as_ref().map(|one| one.as_str()),
        )
        && (spoilt.button == whole.button || matches!(spoilt.button, super::Button::Unknown(_)))
        && (spoilt.key.is_none() || spoilt.key == whole.key)
        && (spoilt.shown.is_none() || spoilt.shown == whole.shown)
        && (spoilt.response_url.is_none() || spoilt.response_url == whole.response_url)
}

fn belongs(origin: &Origin) -> bool {
    origin.belongs_to(&ours()).is_ok()
}

fn command(fields: &[(String, String)]) -> Option<Command> {
    match Slash::from_form(serde_urlencoded::to_string(fields).unwrap().as_bytes(), &hosts()) {
        Ok(Slash::Command(command)) => Some(*command),
        Ok(Slash::SslCheck) | Err(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_spoilt_click_is_malformed_or_worth_no_more(spoilings in prop::collection::vec(spoiling(), 1..4)) {
        let whole = approve("T0ACME", "A0COUNTER");
        let mut payload = whole.clone();
        spoilings.into_iter().for_each(|(place, instead)| spoil(&mut payload, place, instead));

        if let Some(spoilt) = click(&payload) {
            prop_assert!(is_worth_no_more(&spoilt, &click(&whole).unwrap()), "{payload}");
        }
    }

    #[test]
    fn no_spoiling_brings_a_foreign_click_in(spoilings in prop::collection::vec(spoiling(), 0..4), is_app: bool) {
        let (team, app) = if is_app { ("T0OTHER", "A0COUNTER") } else { ("T0ACME", "A0OTHER") };
        let mut payload = approve(team, app);
        spoilings.into_iter().for_each(|(place, instead)| spoil(&mut payload, place, instead));

        prop_assert!(click(&payload).is_none_or(|click| !belongs(&click.origin)), "{payload}");
    }

    #[test]
    fn no_field_left_out_or_changed_brings_a_foreign_command_in(
        left_out in prop::collection::vec(any::<bool>(), 9),
        odd in "[ -~]{0,8}",
        changed in 0_usize..9,
    ) {
        let mut fields: Vec<(String, String)> = [
            ("api_app_id", "A0COUNTER"),
            ("team_id", "T0OTHER"),
            ("enterprise_id", "E0OTHER"),
            ("is_enterprise_install", "false"),
            ("channel_id", "C0APPROVALS"),
            ("user_id", "U0ALICE"),
            ("command", "/pat"),
            ("text", "pending"),
            ("response_url", "https://hooks.slack.com/commands/T0ACME/1/x"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        fields[changed].1 = odd;
        let mut left_out = left_out.into_iter();
        fields.retain(|_| !left_out.next().unwrap());

        prop_assert!(command(&fields).is_none_or(|command| !belongs(&command.origin)));
    }

    #[test]
    fn any_words_are_a_command(text in "(?s).{0,80}", word in "[a-z]{1,12}") {
        let _ = CommandText::from(text.as_str());
        // Case and space around it say nothing else.
        prop_assert_eq!(
            std::mem::discriminant(&CommandText::from(word.as_str())),
            std::mem::discriminant(&CommandText::from(format!("  {}\t", word.to_uppercase()).as_str())),
        );
    }

    #[test]
    fn an_answer_goes_to_slack_or_nowhere(
        scheme in "(https?|ftp|data|javascript)",
        user in "(|me@|me:secret@|slack.com@)",
        host in "(hooks[.])?(slack|slack-gov|evil|evilslack)[.](com|com[.]evil[.]example|example)[.]?",
        port in "(|:443|:80|:8443)",
        rest in "[/?#\\\\@][ -~]{0,20}",
        any in ".{0,40}",
    ) {
        for text in [format!("{scheme}://{user}{host}{port}{rest}"), any] {
            let Some(url) = hosts().allow(&text) else { continue };
            // Told by another reader than the one that let it through.
            let uri: axum::http::Uri = url.expose().parse().unwrap();
            let host = uri.host().unwrap();
            let is_slacks = ["slack.com", "slack-gov.com"]
                .iter()
                .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
            prop_assert!(is_slacks && uri.scheme_str() == Some("https") && uri.port().is_none(), "{}", text);
            prop_assert!(!uri.authority().unwrap().as_str().contains('@'), "{}", text);
        }
    }
}
