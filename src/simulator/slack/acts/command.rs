//! Typing slash commands.

use anyhow::{Context, Result, ensure};
use axum::http::{StatusCode, header};
use serde_json::json;

use super::{Answer, COMMANDS, FORM};
use crate::simulator::slack::Slack;
use crate::simulator::slack::api::{Arguments, Content, Failure};
use crate::simulator::slack::seen::Ephemeral;
use crate::simulator::slack::tickets::Source;
use crate::simulator::slack::variants::CommandText;
use crate::simulator::slack::world::World;

/// What came of a command at once; later answers are among [`Slack::ephemerals`].
#[derive(Clone, Debug)]
pub struct CommandAnswer {
    pub answer: Answer,
    /// What the person was shown; none when the service said nothing or failed.
    pub shown: Option<Ephemeral>,
}

impl Slack {
    /// Types a whole command line, as `/pat pending`; an error when Slack would not show the answer.
    pub async fn command(&self, user: &str, channel: &str, line: &str) -> Result<CommandAnswer> {
        let form = self.change(|world| form(world, user, channel, line))?;
        let body = serde_urlencoded::to_string(form)?;
        let answer = self.signed_post(COMMANDS, FORM, body.as_bytes(), |_| {}).await?;
        let shown = match answer.status {
            StatusCode::OK => self.change(|world| show(world, user, channel, &answer))?,
            _ => None,
        };
        Ok(CommandAnswer { answer, shown })
    }
}

fn form(world: &mut World, user: &str, channel: &str, line: &str) -> Result<Vec<(&'static str, String)>> {
    let person = world.users.get(user).with_context(|| format!("no user {user}"))?.clone();
    ensure!(!person.is_stranger, "people of other companies are not offered commands");
    ensure!(world.scopes.contains("commands"), "without the scope commands there are none");
    let room = world.channels.get(channel).with_context(|| format!("no channel {channel}"))?.clone();
    ensure!(room.is_open_to(user), "{user} is not in {channel}");
    let (command, text) = line.split_once(' ').unwrap_or((line, ""));
    // A word or two say what to do with what; the rest is anybody's.
    world.typed.extend(text.trim().splitn(3, ' ').nth(2).map(str::to_owned));
    let text = on_the_wire(world, text.trim());
    let source = Source { user: user.to_owned(), channel: channel.to_owned(), message_ts: None };
    let response_url = world.new_response_url("commands", source);
    let trigger_id = world.new_trigger(user);
    let enterprise = world.workspace.enterprise.clone();
    let is_org_wide = enterprise.as_ref().is_some_and(|enterprise| enterprise.is_org_wide_install);
    let mut fields = vec![
        ("token", "unused".to_owned()),
        ("team_id", world.workspace.team_id.clone()),
        ("team_domain", world.workspace.domain.clone()),
        ("channel_id", room.id),
        ("channel_name", room.name),
        ("user_id", person.id),
        ("user_name", person.name),
        ("command", command.to_owned()),
        ("text", text),
        ("api_app_id", world.app.id.clone()),
        ("is_enterprise_install", is_org_wide.to_string()),
        ("response_url", response_url),
        ("trigger_id", trigger_id),
    ];
    if let Some(enterprise) = enterprise {
        fields.extend([("enterprise_id", enterprise.id), ("enterprise_name", enterprise.name)]);
    }
    Ok(fields)
}

fn on_the_wire(world: &World, typed: &str) -> String {
    let entities = || typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    match world.variants.command_text {
        CommandText::AsTyped => typed.to_owned(),
        CommandText::WithEntities => entities(),
        CommandText::Escaped => {
            entities().split(' ').map(|word| escaped(world, word)).collect::<Vec<_>>().join(" ")
        }
    }
}

fn escaped(world: &World, word: &str) -> String {
    let user = |name: &str| world.users.values().find(|user| user.name == name);
    let channel = |name: &str| world.channels.values().find(|channel| channel.name == name);
    if let Some(user) = word.strip_prefix('@').and_then(user) {
        return format!("<@{}|{}>", user.id, user.name);
    }
    if let Some(channel) = word.strip_prefix('#').and_then(channel) {
        // The names of private channels are kept back.
        let name = if channel.is_private { "" } else { &channel.name };
        return format!("<#{}|{name}>", channel.id);
    }
    if word.starts_with("http://") || word.starts_with("https://") {
        return format!("<{word}>");
    }
    word.to_owned()
}

fn show(world: &mut World, user: &str, channel: &str, answer: &Answer) -> Result<Option<Ephemeral>> {
    if answer.body.is_empty() {
        return Ok(None);
    }
    let (content, is_for_all) = read(answer)?;
    let Content { text, blocks } = &content;
    let shown = Ephemeral {
        user: user.to_owned(),
        channel: channel.to_owned(),
        ts: world.next_ts(),
        thread_ts: None,
        text: text.clone(),
        blocks: blocks.clone(),
    };
    if is_for_all {
        let message = world.draft(channel, content);
        world.messages.push(message);
    } else {
        world.ephemerals.push(shown.clone());
    }
    Ok(Some(shown))
}

/// The message in an answer, and whether the whole channel sees it.
fn read(answer: &Answer) -> Result<(Content, bool)> {
    let content_type = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|kind| kind.starts_with("application/json")) {
        return Ok((Content { text: answer.text(), blocks: json!([]) }, false));
    }
    let refused = |failure: Failure| anyhow::anyhow!("Slack shows nothing: {}", failure.into_body());
    let arguments = Arguments::from_json(&answer.body).map_err(refused)?;
    let known = ["response_type", "text", "blocks", "mrkdwn", "unfurl_links", "unfurl_media"];
    arguments.only(&known).map_err(refused)?;
    let content = Content::parse(&arguments).map_err(refused)?;
    Ok((content, arguments.text("response_type") == Some("in_channel")))
}
