//! Slack's interaction payloads, turned into clicks.
//!
//! docs.slack.dev, handling-user-interaction: a form whose one field `payload` holds JSON.

use std::collections::HashMap;

use serde::Deserialize;

use super::actions::ANY;
use super::button::Button;
use super::client::OpenView;
use super::lenient::{self, Lenient, Malformed, said, utf8};
use super::message::Form;
use super::offered::{COUNT, Offered};
use super::opened::Opened;
use super::origin::Origin;
use super::reply::{ReplyHosts, ResponseUrl, TriggerId};
use super::several::{self, REQUESTS, Several, Tick, VERDICT};
use super::tokens::{RepositoriesPage, TokensPage};
use crate::ids::{ChannelId, EnterpriseId, GitHubUserId, Login, MessageTs, SlackAppId, SlackUserId, TeamId};
use crate::request::{Key, Revision, Verdict};
use crate::token::TokenKey;

/// Something a person did with one of our messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interaction {
    Button(Box<ButtonClick>),
    Submission(Box<Submission>),
    /// Not in use: closed modals, shortcuts and whatever Slack adds. Accepted and counted.
    Other {
        kind: String,
    },
}

/// A pressed button. Who may press it, and whether it still applies, is judged later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ButtonClick {
    pub origin: Origin,
    pub user: SlackUserId,
    pub channel: Option<ChannelId>,
    pub message: Option<MessageTs>,
    /// On a message that only this person sees.
    pub is_ephemeral: bool,
    pub button: Button,
    /// The button's `value`; `None` if it is no key of ours.
    pub key: Option<Key>,
    /// The same as a token's key.
    pub token: Option<TokenKey>,
    /// The same as a page of tokens. Nobody may see more by it than by asking for it.
    pub page: Option<TokensPage>,
    /// The same as a page of one token's repositories; no right to see any of it either.
    pub repositories: Option<RepositoriesPage>,
    /// The same as the number of an account.
    pub account: Option<GitHubUserId>,
    /// The same as an organization's login, where the button says of which organization's requests it is.
    pub organization: Option<Login>,
    /// What the message showed, from the `block_id`; `None` if it is not one of ours.
    pub shown: Option<(Key, Revision)>,
    /// Slack's time of the click, as text: it tells clicks apart and decides nothing.
    pub action_ts: String,
    pub response_url: Option<ResponseUrl>,
    pub trigger_id: Option<TriggerId>,
    /// The modal the button stands in.
    pub modal: Option<InModal>,
}

/// A modal somebody did something in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InModal {
    pub view: OpenView,
    /// `None` if it is not one of ours.
    pub opened: Option<Opened>,
    /// The same of a modal that is about several requests.
    pub several: Option<Several>,
    /// The same of a modal that is about tokens to be revoked.
    pub offered: Option<Offered>,
}

/// A filled-in modal. Who may send it, and whether it still applies, is judged later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub origin: Origin,
    pub user: SlackUserId,
    /// Which of our forms; `None` for another version's.
    pub form: Option<Form>,
    pub modal: InModal,
    /// The value of the chosen reason.
    pub reason_preset: Option<String>,
    /// What was typed as a reason: a stranger's text.
    pub reason: Option<String>,
    /// What was typed as the number of tokens.
    pub count: Option<String>,
    /// What is to become of what was ticked.
    pub verdict: Option<Verdict>,
    /// The requests that were ticked, each once, as they were shown.
    pub ticks: Vec<Tick>,
}

impl Submission {
    /// The same for every delivery of one submission; a modal that was accepted can't be sent again.
    pub fn id(&self) -> String {
        format!("view:{}:{}", self.modal.view.id, self.user)
    }
}

impl ButtonClick {
    /// The same for every delivery of one click, different for any two clicks.
    pub fn click_id(&self) -> String {
        let message = self.message.as_ref().map_or("-", MessageTs::as_str);
        format!("{message}:{}:{}", self.user, self.action_ts)
    }
}

impl Interaction {
    /// Reads the body of `POST /slack/interactions`.
    pub fn from_form(body: &[u8], hosts: &ReplyHosts) -> Result<Self, Malformed> {
        let form: Body = serde_urlencoded::from_str(utf8(body)?).map_err(|_| Malformed("not a form"))?;
        let payload: Payload = lenient::payload(&form.payload).ok_or(Malformed("the payload is not JSON"))?;
        match payload.kind.0.as_deref() {
            None => Err(Malformed("the payload has no type")),
            Some("block_actions") => Ok(Self::Button(Box::new(payload.into_click(hosts)?))),
            Some("view_submission") => Ok(Self::Submission(Box::new(payload.into_submission()?))),
            Some(kind) => Ok(Self::Other { kind: kind.to_owned() }),
        }
    }
}

#[derive(Deserialize)]
struct Body {
    payload: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    api_app_id: Lenient<String>,
    team: Lenient<Team>,
    enterprise: Lenient<Named>,
    is_enterprise_install: Lenient<bool>,
    user: Lenient<User>,
    view: Lenient<View>,
    container: Lenient<Container>,
    channel: Lenient<Named>,
    message: Lenient<Message>,
    actions: Lenient<Vec<Action>>,
    response_url: Lenient<String>,
    trigger_id: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    id: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Team {
    id: Lenient<String>,
    enterprise_id: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct User {
    id: Lenient<String>,
    team_id: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct View {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    id: Lenient<String>,
    hash: Lenient<String>,
    callback_id: Lenient<String>,
    private_metadata: Lenient<String>,
    state: Lenient<ViewState>,
    app_installed_team_id: Lenient<String>,
}

/// What was filled in, by `block_id` and then `action_id`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ViewState {
    values: Lenient<HashMap<String, HashMap<String, FilledIn>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FilledIn {
    value: Lenient<String>,
    selected_option: Lenient<Chosen>,
    selected_options: Lenient<Vec<Chosen>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chosen {
    value: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Container {
    message_ts: Lenient<String>,
    channel_id: Lenient<String>,
    is_ephemeral: Lenient<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    ts: Lenient<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Action {
    action_id: Lenient<String>,
    block_id: Lenient<String>,
    value: Lenient<String>,
    action_ts: Lenient<String>,
}

impl Payload {
    fn into_click(mut self, hosts: &ReplyHosts) -> Result<ButtonClick, Malformed> {
        let origin = self.origin();
        let user = self.user()?;
        let action = self.actions.0.into_iter().flatten().next();
        let action = action.ok_or(Malformed("the click has no action"))?;
        let action_ts = said(action.action_ts.0).ok_or(Malformed("the click has no time"))?;
        let button = Button::from(action.action_id.0.unwrap_or_default().as_str());
        let value = action.value.0;
        // The container is the surface clicked on; the message is a copy, and absent for ephemeral ones.
        let container = self.container.0.unwrap_or_default();
        let channel = said(container.channel_id.0).or(said(self.channel.0.and_then(|channel| channel.id.0)));
        let message = said(container.message_ts.0).or(said(self.message.0.and_then(|message| message.ts.0)));
        Ok(ButtonClick {
            origin,
            user,
            channel: channel.map(ChannelId::new),
            message: message.map(MessageTs::new),
            is_ephemeral: container.is_ephemeral.0.unwrap_or(false),
            organization: value
                .as_ref()
                .filter(|value| button == Button::DecideSeveral && *value != ANY)
                .map(|value| Login::new(value.as_str())),
            button,
            account: value.as_ref().and_then(|value| value.parse().ok()).map(GitHubUserId),
            token: value.as_ref().and_then(|value| value.parse().ok()),
            page: value.as_ref().and_then(|value| value.parse().ok()),
            repositories: value.as_ref().and_then(|value| value.parse().ok()),
            key: value.and_then(|value| value.parse().ok()),
            shown: action.block_id.0.as_deref().and_then(parse_block_id),
            action_ts,
            response_url: self.response_url.0.and_then(|url| hosts.allow(&url)),
            trigger_id: said(self.trigger_id.0).map(TriggerId::new),
            // Nothing opens on top of the app's home: it is where a message could be.
            modal: self.view.0.filter(|view| !view.is_home()).and_then(View::into_modal),
        })
    }

    fn into_submission(mut self) -> Result<Submission, Malformed> {
        let origin = self.origin();
        let user = self.user()?;
        let mut view = self.view.0.ok_or(Malformed("the submission has no view"))?;
        let form = view.callback_id.0.take().and_then(|callback_id| Form::parse(&callback_id));
        let mut filled_in = view.state.0.take().and_then(|state| state.values.0).unwrap_or_default();
        let mut take = |id: &str| filled_in.get_mut(id).and_then(|actions| actions.remove(id));
        let chosen = |field: Option<FilledIn>| field?.selected_option.0?.value.0;
        let ticked = REQUESTS.into_iter().filter_map(|id| take(id)?.selected_options.0).flatten();
        let ticked: Vec<_> = ticked.filter_map(|option| option.value.0).collect();
        Ok(Submission {
            origin,
            user,
            form,
            reason_preset: chosen(take("reason_preset")),
            reason: take("reason").and_then(|typed| typed.value.0),
            count: take(COUNT).and_then(|typed| typed.value.0),
            verdict: chosen(take(VERDICT)).as_deref().and_then(several::parse_verdict),
            ticks: several::ticks(ticked.iter().map(String::as_str)),
            modal: view.into_modal().ok_or(Malformed("the submission's view has no id"))?,
        })
    }

    fn user(&self) -> Result<SlackUserId, Malformed> {
        let id = self.user.0.as_ref().and_then(|user| said(user.id.0.clone()));
        id.map(SlackUserId::new).ok_or(Malformed("the interaction names no user"))
    }

    /// What the payload says of where it was caused.
    fn origin(&mut self) -> Origin {
        let team = self.team.0.take().unwrap_or_default();
        let enterprise = said(self.enterprise.0.take().and_then(|enterprise| enterprise.id.0));
        let view = self.view.0.as_ref();
        let view_team = said(view.and_then(|view| view.app_installed_team_id.0.clone()));
        Origin {
            app: said(self.api_app_id.0.take()).map(SlackAppId::new),
            team: said(team.id.0).map(TeamId::new),
            enterprise: enterprise.or(said(team.enterprise_id.0)).map(EnterpriseId::new),
            is_enterprise_install: self.is_enterprise_install.0.unwrap_or(false),
            user_team: self.user.0.as_ref().and_then(|user| said(user.team_id.0.clone())),
            view_installed_team: view_team.map(TeamId::new),
        }
    }
}

impl View {
    fn is_home(&self) -> bool {
        self.kind.0.as_deref() == Some("home")
    }

    fn into_modal(self) -> Option<InModal> {
        let id = said(self.id.0)?;
        let metadata = self.private_metadata.0.unwrap_or_default();
        let view = OpenView { id, hash: said(self.hash.0) };
        let (opened, several) = (metadata.parse().ok(), metadata.parse().ok());
        Some(InModal { view, opened, several, offered: metadata.parse().ok() })
    }
}

/// `KEY.REVISION`, as our cards carry it.
fn parse_block_id(text: &str) -> Option<(Key, Revision)> {
    let (key, revision) = text.split_once('.')?;
    let key = key.parse().ok()?;
    (!revision.is_empty()).then(|| (key, Revision::from_text(revision)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use url::Url;

    use super::*;
    use crate::slack::fixtures;

    fn hosts() -> ReplyHosts {
        ReplyHosts::new(Url::parse("https://slack.com/api").unwrap())
    }

    fn parse(payload: &Value) -> Result<Interaction, Malformed> {
        let body = serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap();
        Interaction::from_form(body.as_bytes(), &hosts())
    }

    fn parse_click(payload: &Value) -> ButtonClick {
        match parse(payload) {
            Ok(Interaction::Button(click)) => *click,
            other => panic!("expected a click, got {other:?}"),
        }
    }

    /// Alice presses Approve on the card of r-7f3k2.
    fn approve() -> Value {
        json!({
            "type": "block_actions",
            "api_app_id": "A0COUNTER",
            "team": { "id": "T0ACME", "domain": "acme" },
            "enterprise": null,
            "is_enterprise_install": false,
            "user": { "id": "U0ALICE", "team_id": "T0ACME" },
            "container": { "type": "message", "message_ts": "1795000000.000100", "channel_id": "C0APPROVALS", "is_ephemeral": false },
            "channel": { "id": "C0OTHER" },
            "message": { "ts": "1.1", "text": "…", "blocks": [{ "type": "novelty" }], "metadata": { "event_payload": { "n": 1 } } },
            "actions": [{ "type": "button", "action_id": "approve", "block_id": "r-7f3k2.00ff", "value": "r-7f3k2", "action_ts": "1795000009.5" }],
            "response_url": "https://hooks.slack.com/actions/T0ACME/1/x",
            "trigger_id": "1.2.x"
        })
    }

    fn without(mut payload: Value, pointer: &str, name: &str) -> Value {
        payload.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        payload
    }

    fn with(mut payload: Value, pointer: &str, value: Value) -> Value {
        *payload.pointer_mut(pointer).unwrap() = value;
        payload
    }

    #[test]
    fn a_click_says_who_where_and_what() {
        let click = parse_click(&approve());

        assert_eq!(click.user, SlackUserId::new("U0ALICE"));
        assert_eq!(click.channel, Some(ChannelId::new("C0APPROVALS")));
        assert_eq!(click.message, Some(MessageTs::new("1795000000.000100")));
        assert_eq!(click.button, Button::Approve);
        assert_eq!(click.key, Some("r-7f3k2".parse().unwrap()));
        assert_eq!(click.shown, Some(("r-7f3k2".parse().unwrap(), Revision::from_text("00ff"))));
        assert!(click.response_url.is_some());
        assert_eq!(click.click_id(), "1795000000.000100:U0ALICE:1795000009.5");
        assert_eq!(click.origin.team, Some(TeamId::new("T0ACME")));
    }

    #[test]
    fn an_organization_wide_click_has_no_team() {
        let payload = with(approve(), "/team", Value::Null);
        let payload = with(payload, "/enterprise", json!({ "id": "E0ACME", "name": "Acme" }));
        let payload = with(payload, "/is_enterprise_install", json!(true));
        let payload = with(payload, "/user/team_id", json!("E0ACME"));

        let origin = parse_click(&payload).origin;

        assert_eq!(origin.team, None);
        assert_eq!(origin.enterprise, Some(EnterpriseId::new("E0ACME")));
        assert!(origin.is_enterprise_install);
        assert_eq!(origin.user_team.as_deref(), Some("E0ACME"));
    }

    #[test]
    fn the_enterprise_may_stand_with_the_team() {
        let payload = with(approve(), "/team", json!({ "id": "T0ACME", "enterprise_id": "E0ACME" }));

        assert_eq!(parse_click(&payload).origin.enterprise, Some(EnterpriseId::new("E0ACME")));
    }

    #[test]
    fn without_a_container_the_message_tells_the_place() {
        let click = parse_click(&without(approve(), "", "container"));

        assert_eq!(click.channel, Some(ChannelId::new("C0OTHER")));
        assert_eq!(click.message, Some(MessageTs::new("1.1")));
    }

    #[test]
    fn forged_values_are_still_a_click() {
        for value in [json!("25381"), json!(""), json!(7), json!({ "a": 1 }), json!("x".repeat(2000))] {
            let payload = with(approve(), "/actions/0/value", value.clone());
            let payload = with(payload, "/actions/0/block_id", value);
            let click = parse_click(&payload);

            assert_eq!((click.key, click.shown), (None, None));
        }
    }

    #[test]
    fn a_block_id_needs_both_halves() {
        for text in ["", ".", "r-7f3k2", "r-7f3k2.", ".00ff", "t-7f3k2.00ff"] {
            assert_eq!(parse_block_id(text), None, "{text}");
        }
        let (_, revision) = parse_block_id("r-7f3k2.a.b").unwrap();
        assert_eq!(revision.as_str(), "a.b");
    }

    #[test]
    fn an_answer_elsewhere_is_dropped() {
        let payload = with(approve(), "/response_url", json!("https://evil.example/x"));

        assert_eq!(parse_click(&payload).response_url, None);
    }

    #[test]
    fn a_click_without_a_user_an_action_or_a_time_is_malformed() {
        for (pointer, name) in
            [("", "user"), ("/user", "id"), ("", "actions"), ("/actions/0", "action_ts"), ("", "type")]
        {
            assert!(parse(&without(approve(), pointer, name)).is_err(), "{pointer}/{name}");
        }
        assert!(parse(&with(approve(), "/actions", json!([]))).is_err());
    }

    #[test]
    fn other_kinds_are_named() {
        for kind in ["view_closed", "shortcut", "message_action", "novelty"] {
            let other = Interaction::Other { kind: kind.into() };
            assert_eq!(parse(&json!({ "type": kind })), Ok(other));
        }
    }

    /// Alice denies what r-7f3k2 asked for.
    fn denial() -> Value {
        json!({
            "type": "view_submission",
            "api_app_id": "A0COUNTER",
            "team": { "id": "T0ACME" },
            "user": { "id": "U0ALICE", "team_id": "T0ACME" },
            "view": {
                "id": "V1", "hash": "1.x", "callback_id": "deny",
                "private_metadata": "r-7f3k2.00ff.C0APPROVALS.0",
                "app_installed_team_id": "T0ACME",
                "state": { "values": {
                    "reason_preset": { "reason_preset": {
                        "type": "static_select", "selected_option": { "value": "too_broad" },
                    } },
                    "reason": { "reason": { "type": "plain_text_input", "value": "please <b>split</b> it" } },
                } },
            },
        })
    }

    #[test]
    fn a_submission_says_who_sends_what() {
        let Ok(Interaction::Submission(submission)) = parse(&denial()) else { panic!("a submission") };

        assert_eq!(submission.user, SlackUserId::new("U0ALICE"));
        assert_eq!(submission.form, Some(Form::Deny));
        assert_eq!(submission.modal.opened, Some("r-7f3k2.00ff.C0APPROVALS.0".parse().unwrap()));
        assert_eq!(submission.reason_preset.as_deref(), Some("too_broad"));
        assert_eq!(submission.reason.as_deref(), Some("please <b>split</b> it"));
        assert_eq!(submission.origin.view_installed_team, Some(TeamId::new("T0ACME")));
        assert_eq!(submission.id(), "view:V1:U0ALICE");
    }

    /// Alice has ticked two of the requests that wait.
    fn ticked() -> Value {
        let option = |value: &str| json!({ "value": value });
        let values = json!({
            "requests_1": { "requests_1": {
                "type": "checkboxes", "selected_options": [option("r-7f3k2.00ff"), option("r-7f3k2.00ff"), option("x")],
            } },
            "requests_2": { "requests_2": { "type": "checkboxes", "selected_options": [option("r-8f3k2.11ee")] } },
            "verdict": { "verdict": { "type": "radio_buttons", "selected_option": { "value": "deny" } } },
        });
        let payload = with(denial(), "/view/callback_id", json!("decide_several"));
        let payload = with(payload, "/view/private_metadata", json!("several C0APPROVALS"));
        with(payload, "/view/state/values", values)
    }

    #[test]
    fn a_submission_says_what_is_ticked_and_what_becomes_of_it() {
        let Ok(Interaction::Submission(submission)) = parse(&ticked()) else { panic!("a submission") };

        assert_eq!(submission.form, Some(Form::DecideSeveral));
        assert_eq!(submission.verdict, Some(Verdict::Deny));
        let ticks: Vec<_> = submission.ticks.iter().map(Tick::to_string).collect();
        assert_eq!(ticks, ["r-7f3k2.00ff", "r-8f3k2.11ee"]);
        let several = Several { channel: Some(ChannelId::new("C0APPROVALS")), chosen: None };
        assert_eq!((submission.modal.several, submission.modal.opened), (Some(several), None));
        for nonsense in [json!(null), json!([]), json!("x"), json!([[]]), json!([{ "value": 7 }])] {
            let payload =
                with(ticked(), "/view/state/values/requests_1/requests_1/selected_options", nonsense);
            let Ok(Interaction::Submission(submission)) = parse(&payload) else { panic!("a submission") };
            assert_eq!(submission.ticks.len(), 1);
        }
    }

    #[test]
    fn only_the_button_for_several_names_an_organization() {
        for (action_id, value, organization) in [
            ("decide_several", "acme", Some(Login::new("acme"))),
            ("decide_several", "-", None),
            ("approve", "acme", None),
        ] {
            let payload = with(approve(), "/actions/0/action_id", json!(action_id));

            assert_eq!(
                parse_click(&with(payload, "/actions/0/value", json!(value))).organization,
                organization
            );
        }
    }

    #[test]
    fn what_is_left_empty_or_is_another_versions_is_nothing() {
        let payload = with(denial(), "/view/state/values", json!({ "reason": { "other": {} } }));
        let payload = with(payload, "/view/callback_id", json!("novelty"));
        let payload = with(payload, "/view/private_metadata", json!("{}"));

        let Ok(Interaction::Submission(submission)) = parse(&payload) else { panic!("a submission") };

        assert_eq!((submission.form, submission.modal.opened), (None, None));
        assert_eq!((submission.reason_preset, submission.reason), (None, None));
        assert!(parse(&without(denial(), "/view", "id")).is_err());
    }

    #[test]
    fn bodies_that_are_no_form_with_one_payload_are_malformed() {
        for body in [&b""[..], b"x=1", b"payload", b"payload=%7B%7D&payload=%7B%7D", b"payload=[]", b"\xff"] {
            assert!(Interaction::from_form(body, &hosts()).is_err(), "{body:?}");
        }
    }

    #[test]
    fn published_interactions_parse() {
        for (name, text) in fixtures::starting_with(&[
            "block_actions.",
            "shape.block_actions.",
            "view_",
            "shape.view_",
            "shortcut.",
            "shape.message_shortcut.",
            "block_suggestion.external",
        ]) {
            let body = match name.ends_with(".form.txt") {
                true => text.trim_end().to_owned(),
                false => serde_urlencoded::to_string([("payload", unblanked(&text))]).unwrap(),
            };
            let outcome = Interaction::from_form(body.as_bytes(), &hosts());
            assert!(outcome.is_ok(), "{name}: {outcome:?}");
        }
    }

    /// The shapes show which fields exist and have every text blanked; nobody clicks without a name or a time.
    fn unblanked(text: &str) -> String {
        let mut payload: Value = serde_json::from_str(text).unwrap();
        for (pointer, value) in
            [("/user/id", "U0ALICE"), ("/actions/0/action_ts", "1795000009.5"), ("/view/id", "V0")]
        {
            if let Some(blank) = payload.pointer_mut(pointer).filter(|value| **value == "") {
                *blank = value.into();
            }
        }
        payload.to_string()
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_parser_down(body: Vec<u8>, payload in "\\PC*") {
            let _ = Interaction::from_form(&body, &hosts());
            let form = serde_urlencoded::to_string([("payload", payload)]).unwrap();
            let _ = Interaction::from_form(form.as_bytes(), &hosts());
        }

        #[test]
        fn whatever_is_said_instead_of_a_field_the_click_stays_a_click_or_is_malformed(
            pointer in prop::sample::select(vec![
                "/api_app_id", "/team", "/team/id", "/enterprise", "/is_enterprise_install", "/user", "/user/id",
                "/user/team_id", "/container", "/container/message_ts", "/channel", "/message", "/message/ts",
                "/actions", "/actions/0", "/actions/0/value", "/actions/0/block_id", "/actions/0/action_id",
                "/response_url", "/trigger_id",
            ]),
            value in prop::sample::select(vec![
                json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("\u{0}"), json!([]), json!({}),
                json!([{}]), json!({ "id": [] }),
            ]),
        ) {
            if let Ok(interaction) = parse(&with(approve(), pointer, value)) {
                prop_assert!(matches!(interaction, Interaction::Button(_)));
            }
        }
    }
}
