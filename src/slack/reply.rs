//! Short-lived permissions to answer one interaction: they are worth as much as a password while they live.

use std::fmt;

use url::Url;

/// Where one person can be answered for 30 minutes without a token; never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(Url);

impl ResponseUrl {
    /// The address itself, to be kept or posted to.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseUrl([redacted])")
    }
}

/// Where one file's bytes are to be put, without a token; never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadUrl(Url);

impl UploadUrl {
    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for UploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadUrl([redacted])")
    }
}

/// Permits one modal within 3 s; never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct TriggerId(String);

impl TriggerId {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value itself, to be sent back to Slack.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TriggerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TriggerId([redacted])")
    }
}

/// The hosts we are willing to answer at: Slack's, and the one that `slack.api_url` names.
///
/// The signature vouches for the address already; this keeps a leaked secret from sending us anywhere.
#[derive(Debug, Clone)]
pub struct ReplyHosts {
    api_url: Url,
}

impl ReplyHosts {
    pub fn new(api_url: Url) -> Self {
        Self { api_url }
    }

    /// Takes an address only if it leads to an allowed host and carries no credentials.
    pub fn allow(&self, text: &str) -> Option<ResponseUrl> {
        self.allowed(text).map(ResponseUrl)
    }

    /// The same of an address at which a file is to be put: Slack itself has named it, and what is put there is not for
    /// everybody.
    pub fn allow_upload(&self, text: &str) -> Option<UploadUrl> {
        self.allowed(text).map(UploadUrl)
    }

    fn allowed(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let is_allowed = is_slacks(&url) || self.is_of_the_api(&url);
        (is_allowed && !has_credentials).then_some(url)
    }

    fn is_of_the_api(&self, url: &Url) -> bool {
        url.host().is_some() && url.origin() == self.api_url.origin()
    }
}

/// `hooks.slack.com` in all published samples, a workspace's own host in older ones, `slack-gov.com` for GovSlack.
fn is_slacks(url: &Url) -> bool {
    let is_host = |host: &str| {
        ["slack.com", "slack-gov.com"].iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(is_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> ReplyHosts {
        ReplyHosts::new(Url::parse("http://127.0.0.1:4242/api").unwrap())
    }

    #[test]
    fn slack_and_the_configured_host_may_be_answered() {
        for text in [
            "https://hooks.slack.com/actions/T0/1/x",
            "https://acme.slack.com/commands/T0/1/x",
            "https://slack.com/x",
            "https://hooks.slack-gov.com/actions/T0/1/x",
            "https://hooks.slack.com:443/x",
            "http://127.0.0.1:4242/reply/1",
        ] {
            assert!(hosts().allow(text).is_some() && hosts().allow_upload(text).is_some(), "{text}");
        }
    }

    #[test]
    fn nobody_else_is_answered() {
        for text in [
            "",
            "hooks.slack.com/x",
            "http://hooks.slack.com/x",
            "https://hooks.slack.com:8443/x",
            "https://evilslack.com/x",
            "https://slack.com.evil.example/x",
            "https://slack.com@evil.example/x",
            "https://me:secret@hooks.slack.com/x",
            "https://me@hooks.slack.com/x",
            "http://127.0.0.1:4243/x",
            "https://127.0.0.1:4242/x",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "data:text/plain,slack.com",
        ] {
            assert!(hosts().allow(text).is_none() && hosts().allow_upload(text).is_none(), "{text}");
        }
    }

    #[test]
    fn neither_permission_is_printed() {
        let url = hosts().allow("https://hooks.slack.com/actions/T0/1/x").unwrap();

        assert_eq!(format!("{url:?}"), "ResponseUrl([redacted])");
        let upload = hosts().allow_upload("https://files.slack.com/upload/v1/x").unwrap();
        assert_eq!(format!("{upload:?}"), "UploadUrl([redacted])");
        assert_eq!(format!("{:?}", TriggerId::new("1.2.x")), "TriggerId([redacted])");
        assert_eq!(url.expose(), "https://hooks.slack.com/actions/T0/1/x");
    }
}
