//! The paths we ask for: nobody's text becomes part of one unchecked.

use url::form_urlencoded::Serializer;

use super::trouble::Trouble;
use crate::ids::{InstallationId, Login, TokenId};

/// Where a call is made: with which installation's token, on which organization's paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub installation: InstallationId,
    /// The organization's login as it is now; one it had before is answered by a redirect, which nobody follows.
    pub organization: Login,
}

/// A login as a segment of a path. Nothing can be found under what is no login, so nothing is asked.
pub(super) fn segment(login: &Login) -> Result<String, Trouble> {
    let login = login.as_str();
    let name = login.strip_suffix("[bot]").unwrap_or(login);
    let is_login = (1..=100).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !is_login {
        return Err(Trouble::NotFound { words: "not a GitHub login".into() });
    }
    Ok(login.replace('[', "%5B").replace(']', "%5D"))
}

/// The path of a list with the filters in GitHub's bracket form, `owner[]` and `token_id[]`.
pub(super) fn filtered(
    place: &Place,
    list: &str,
    owner: Option<&Login>,
    tokens: &[TokenId],
) -> Result<String, Trouble> {
    let mut query = Serializer::new(String::new());
    query.append_pair("per_page", "100");
    if let Some(owner) = owner {
        query.append_pair("owner[]", owner.as_str());
    }
    for token in tokens {
        query.append_pair("token_id[]", &token.to_string());
    }
    Ok(format!("/orgs/{}/{list}?{}", segment(&place.organization)?, query.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_login_never_becomes_part_of_a_path() {
        assert_eq!(segment(&Login::new("deploy-bot[bot]")).unwrap(), "deploy-bot%5Bbot%5D");
        for odd in ["", "..", "a/b", "a b", "a?b", "a%2fb", "[bot]", "é"] {
            assert!(segment(&Login::new(odd)).is_err(), "{odd}");
        }
    }
}
