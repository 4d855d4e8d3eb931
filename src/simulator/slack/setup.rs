//! Furnishing the workspace: people, channels, groups, scopes. Everything can be changed later, too.

use anyhow::{Context, Result};
use chrono::TimeDelta;

use super::cast::{Channel, Enterprise, Group, User};
use super::{Slack, Variants};

impl Slack {
    /// Adds an ordinary full member; [`Slack::change_user`] makes them anything else.
    pub fn add_user(&self, id: &str, name: &str) {
        self.change(|world| world.users.insert(id.to_owned(), User::member(id, name)));
    }

    /// Changes what Slack knows about a person; an error when there is no such person.
    pub fn change_user(&self, id: &str, change: impl FnOnce(&mut User)) -> Result<()> {
        self.change(|world| world.users.get_mut(id).map(change)).with_context(|| format!("no user {id}"))
    }

    /// Adds a public channel with the bot and everybody in it; [`Slack::change_channel`] makes it anything else.
    pub fn add_channel(&self, id: &str, name: &str) {
        self.change(|world| world.channels.insert(id.to_owned(), Channel::public(id, name)));
    }

    /// Archives, shares, closes … a channel; an error when there is no such channel.
    pub fn change_channel(&self, id: &str, change: impl FnOnce(&mut Channel)) -> Result<()> {
        self.change(|world| world.channels.get_mut(id).map(change))
            .with_context(|| format!("no channel {id}"))
    }

    /// Adds a user group, or gives it other members.
    pub fn set_group(&self, id: &str, handle: &str, members: &[&str]) {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        let group = Group {
            id: id.to_owned(),
            handle: handle.to_owned(),
            members,
            is_external: false,
            is_disabled: false,
        };
        self.change(|world| world.groups.insert(id.to_owned(), group));
    }

    /// Changes a user group; an error when there is no such group.
    pub fn change_group(&self, id: &str, change: impl FnOnce(&mut Group)) -> Result<()> {
        self.change(|world| world.groups.get_mut(id).map(change)).with_context(|| format!("no group {id}"))
    }

    /// Grants exactly these scopes to the bot token.
    pub fn set_scopes(&self, scopes: &[&str]) {
        self.change(|world| world.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect());
    }

    /// Moves the workspace into an Enterprise organization, or out of it.
    pub fn set_enterprise(&self, enterprise: Option<Enterprise>) {
        self.change(|world| world.workspace.enterprise = enterprise);
    }

    pub fn set_home_tab(&self, is_on: bool) {
        self.change(|world| world.app.has_home_tab = is_on);
    }

    pub fn set_messages_tab(&self, is_on: bool) {
        self.change(|world| world.app.has_messages_tab = is_on);
    }

    /// Chooses among the possible behaviours that no document settles.
    pub fn change_variants(&self, change: impl FnOnce(&mut Variants)) {
        self.change(|world| change(&mut world.variants));
    }

    /// Makes the bot token invalid, as removing the app does.
    pub fn revoke_token(&self) {
        self.change(|world| world.is_token_revoked = true);
    }

    /// Makes the bot token valid again, as installing the app again does where the token stays the same.
    pub fn restore_token(&self) {
        self.change(|world| world.is_token_revoked = false);
    }

    /// Lets messages be edited only for so long after they were posted; `None` for ever.
    pub fn set_edit_window(&self, window: Option<TimeDelta>) {
        self.change(|world| world.edit_window = window);
    }

    /// A person deletes the app's message; an error when there is none.
    pub fn delete_message(&self, channel: &str, ts: &str) -> Result<()> {
        let deleted =
            self.change(|world| world.message_mut(channel, ts).map(|message| message.deleted = true));
        deleted.with_context(|| format!("no message {ts} in {channel}"))
    }
}
