//! What no document settles about the real Slack, with both answers on offer.

/// How the words after a slash command reach the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandText {
    AsTyped,
    /// `&`, `<` and `>` as entities.
    WithEntities,
    /// Entities, and names and links as `<@U…|alice>`, `<#C…|name>`, `<https://…>`: the manifest's `should_escape`.
    Escaped,
}

/// Which of the possible Slacks this is.
#[derive(Clone, Debug)]
pub struct Variants {
    /// Answers carry warnings and fields that no client knows.
    pub has_extra_fields: bool,
    /// A second `chat.postMessage` with the same `client_msg_id` answers with the first message.
    pub honours_client_msg_id: bool,
    pub command_text: CommandText,
    /// `user.team_id` of payloads is the Enterprise id.
    pub user_team_is_enterprise: bool,
    /// `team` of a Slack Connect person's payload is their own workspace.
    pub team_is_the_strangers: bool,
    /// An answer to a `response_url` without `replace_original` replaces the message.
    pub replaces_by_default: bool,
    /// What a payload's `response_url` begins with instead of the simulator's own address.
    pub response_url_base: Option<String>,
    /// The same of the address at which a file is to be put.
    pub upload_url_base: Option<String>,
}

impl Default for Variants {
    fn default() -> Self {
        Self {
            has_extra_fields: false,
            honours_client_msg_id: false,
            command_text: CommandText::AsTyped,
            user_team_is_enterprise: false,
            team_is_the_strangers: false,
            replaces_by_default: false,
            response_url_base: None,
            upload_url_base: None,
        }
    }
}
