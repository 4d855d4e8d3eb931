//! What of this GitHub must not be seen in anybody's log.

use secrecy::ExposeSecret;

use super::GitHub;

impl GitHub {
    /// Keys, tokens and signatures, people's addresses, and what people typed, so far.
    pub fn secrets(&self) -> Vec<String> {
        let app = self.app();
        let key = app.private_key_pem.expose_secret().lines().nth(1).unwrap_or_default().to_owned();
        let client_secret = app.client_secret.expose_secret().to_owned();
        let mut secrets = vec![app.webhook_secret.expose_secret().to_owned(), client_secret, key];
        self.look(|world| {
            secrets.extend(world.access_tokens.keys().cloned());
            secrets.extend(world.sign_in_secrets.iter().cloned());
            secrets.extend(world.users.values().map(|user| user.email()));
            secrets.extend(world.users.values().map(|user| user.login.clone()));
            secrets.extend(world.typed.iter().cloned());
            let reviews = world.calls.iter().filter_map(|call| call.body.as_ref()?["reason"].as_str());
            secrets.extend(reviews.map(str::to_owned));
            secrets
                .extend(world.deliveries.iter().map(|sent| self.sign(sent.payload.to_string().as_bytes())));
        });
        secrets
    }
}
