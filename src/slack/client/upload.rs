//! Files: asked for a place, put there, and shared. Only the last step makes a file appear, so each one before it may be
//! repeated (docs.slack.dev, files.getUploadURLExternal and files.completeUploadExternal).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Slack, Trouble};
use crate::ids::{ChannelId, SlackFileId};
use crate::slack::fallback::Fallback;
use crate::slack::reply::UploadUrl;

/// Longer than any id of Slack's.
const LONGEST_ID: usize = 32;

/// Where a file is to be put, and as which it is known then.
#[derive(Clone)]
pub struct UploadPlace {
    url: UploadUrl,
    file: SlackFileId,
}

/// Whoever has the address can put something there.
impl fmt::Debug for UploadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadPlace").field("file", &self.file).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Place {
    upload_url: String,
    file_id: String,
}

#[derive(Serialize)]
struct Complete<'a> {
    files: [Named<'a>; 1],
    channel_id: &'a str,
    initial_comment: &'a Fallback,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    title: &'a str,
}

/// Whatever else stands in an answer that says `ok`: the file is there.
#[derive(Deserialize)]
struct Completed {}

impl Slack {
    /// A place for a file of so many bytes. An address that is not Slack's is refused: what goes there is not for everybody.
    pub async fn upload_place(&self, name: &str, bytes: usize) -> Result<UploadPlace, Trouble> {
        let length = bytes.to_string();
        let arguments = [("filename", name), ("length", length.as_str())];
        let place: Place = self.transport.get("files.getUploadURLExternal", &arguments).await?;
        let refused = |error: &str| Trouble::Refused { error: error.to_owned(), messages: Vec::new() };
        let url = self.hosts.allow_upload(&place.upload_url);
        let url = url.ok_or_else(|| refused("the upload's address is not one of Slack's"))?;
        let id = place.file_id;
        let is_id =
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let file = is_id.then(|| SlackFileId::new(id)).ok_or_else(|| refused("the file's id is none"))?;
        Ok(UploadPlace { url, file })
    }

    /// Puts the file there. Nobody sees it before it is shared.
    pub async fn upload(&self, place: &UploadPlace, bytes: &[u8]) -> Result<(), Trouble> {
        self.transport.upload(&place.url, bytes).await
    }

    /// Shares a file that was put at its place in a channel, with a few words beside it. Where the trouble is ambiguous it may
    /// be there all the same.
    pub async fn share_file(
        &self,
        place: &UploadPlace,
        channel: &ChannelId,
        title: &str,
        comment: &Fallback,
    ) -> Result<(), Trouble> {
        let files = [Named { id: place.file.as_str(), title }];
        let body = Complete { files, channel_id: channel.as_str(), initial_comment: comment };
        let Completed {} = self.transport.post("files.completeUploadExternal", &body).await?;
        Ok(())
    }
}
