//! What of this Slack must not be seen in anybody's log.

use super::Slack;

impl Slack {
    /// The token, the app's secrets, every trigger id, response URL and upload address handed out so far, and what people wrote in
    /// forms and behind commands.
    pub fn secrets(&self) -> Vec<String> {
        let app = self.app();
        let mut secrets = vec![app.bot_token, app.signing_secret, app.client_secret];
        self.change(|world| {
            secrets.extend(world.tickets.all());
            secrets.extend(world.files.addresses());
            secrets.extend(world.sign_ins.secrets.iter().cloned());
            secrets.extend(world.typed.iter().cloned());
        });
        secrets
    }
}
