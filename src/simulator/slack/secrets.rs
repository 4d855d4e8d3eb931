//! What of this Slack must not be seen in anybody's log.

use super::Slack;

impl Slack {
    /// The token and the signing secret, and every trigger id and response URL handed out so far.
    pub fn secrets(&self) -> Vec<String> {
        let app = self.app();
        let mut secrets = vec![app.bot_token, app.signing_secret, app.client_secret];
        self.change(|world| {
            secrets.extend(world.tickets.all());
            secrets.extend(world.sign_ins.secrets.iter().cloned());
        });
        secrets
    }
}
