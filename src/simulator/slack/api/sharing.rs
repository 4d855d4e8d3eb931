//! `files.*`: a place for a file, and what was put there shared with people.

use serde_json::{Value, json};

use super::content::Content;
use super::{Arguments, Failure};
use crate::simulator::slack::files::{Place, SharedFile};
use crate::simulator::slack::world::World;

pub(super) fn place(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let name = arguments.required("filename")?.to_owned();
    // A file without a byte is none to Slack.
    let length = arguments.number("length").filter(|length| *length > 0).ok_or("missing_argument")?;
    let secret = hex::encode(world.drawn::<16>());
    let id = format!("F0FILE{}", world.next());
    let place = Place { id: id.clone(), name, length, bytes: None, is_shared: false };
    world.files.places.insert(secret.clone(), place);
    let base = world.variants.upload_url_base.as_ref().unwrap_or(&world.base_url);
    Ok(json!({"upload_url": format!("{base}/upload/v1/{secret}"), "file_id": id}))
}

pub(super) fn complete(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = arguments.text("channel_id").unwrap_or_default();
    let channel = world.channels.get(channel).ok_or("channel_not_found")?.clone();
    if channel.direct_with.is_some() && !world.app.has_messages_tab {
        return Err("messages_tab_disabled".into());
    }
    if !channel.has_bot {
        return Err("not_in_channel".into());
    }
    let files = arguments.structure("files").and_then(|files| files.as_array().cloned());
    let files = files.filter(|files| !files.is_empty()).ok_or("invalid_arguments")?;
    let comment = arguments.text("initial_comment").unwrap_or_default().to_owned();
    let mut told = Vec::new();
    for file in &files {
        let shared = share(world, file, &channel.id, &comment)?;
        told.push(json!({"id": shared.id, "title": shared.title}));
        // People see a message with the file beneath it.
        let text = format!("{comment}\n[{}]", shared.name);
        let message = world.draft(&channel.id, Content { text, blocks: json!([]) });
        world.messages.push(message);
        world.files.shared.push(shared);
    }
    Ok(json!({ "files": told }))
}

fn share(world: &mut World, file: &Value, channel: &str, comment: &str) -> Result<SharedFile, Failure> {
    let place = world.files.places.values_mut().find(|place| file["id"] == place.id.as_str());
    let place = place.filter(|place| !place.is_shared).ok_or("file_not_found")?;
    let bytes = place.bytes.clone().ok_or("file_not_found")?;
    place.is_shared = true;
    Ok(SharedFile {
        id: place.id.clone(),
        channel: channel.to_owned(),
        name: place.name.clone(),
        title: file["title"].as_str().unwrap_or(&place.name).to_owned(),
        comment: comment.to_owned(),
        bytes,
    })
}
