//! GitHub's page for a new token, filled in (docs.github.com, "Pre-filling fine-grained personal access token details
//! using URL parameters"). An Enterprise Server that does not know the parameters shows the empty page.

use url::Url;

use crate::request::{Facts, Level, PermissionGroup, is_known};

/// In bytes: the address has to fit into a review's reason beside other words.
const LONGEST_PAGE: usize = 600;

/// GitHub takes names of at most so many characters.
const LONGEST_NAME: usize = 40;

/// The page at `web_url` for a token with these permissions, for at most `days`. What a requester typed stands in it as a
/// parameter's value and nothing else.
pub fn new_token_page(web_url: &Url, facts: &Facts, days: Option<u32>) -> Url {
    let mut page = web_url.clone();
    page.set_query(None);
    page.set_fragment(None);
    if let Ok(mut path) = page.path_segments_mut() {
        path.pop_if_empty().extend(["settings", "personal-access-tokens", "new"]);
    }
    fill(&mut page, facts, days);
    if let Some(said) = &facts.justification {
        let mut described = page.clone();
        described.query_pairs_mut().append_pair("description", said);
        if described.as_str().len() <= LONGEST_PAGE {
            return described;
        }
    }
    page
}

fn fill(page: &mut Url, facts: &Facts, days: Option<u32>) {
    let mut query = page.query_pairs_mut();
    if let Some(name) = &facts.token_name {
        query.append_pair("name", &name.chars().take(LONGEST_NAME).collect::<String>());
    }
    query.append_pair("target_name", facts.organization.as_str());
    if let Some(days) = days {
        query.append_pair("expires_in", &days.to_string());
    }
    for (permission, level) in facts.permissions.iter().filter(|asked| is_known(asked.0, asked.1)) {
        // The page has no parameters for what belongs to the account alone.
        let is_offered =
            matches!(permission.group, PermissionGroup::Repository | PermissionGroup::Organization);
        // What every token has.
        let is_given = permission.name == "metadata" && *level == Level::Read;
        if is_offered && !is_given {
            query.append_pair(&permission.name.to_lowercase(), &level.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::facts;

    fn page(web_url: &str, facts: &Facts, days: Option<u32>) -> String {
        new_token_page(&Url::parse(web_url).unwrap(), facts, days).to_string()
    }

    #[test]
    fn the_page_is_filled_in_with_what_was_asked_for() {
        assert_eq!(
            page("https://github.com", &facts(), Some(90)),
            "https://github.com/settings/personal-access-tokens/new?name=deploy-bot&target_name=acme&expires_in=90\
             &contents=write&description=Release+bot+needs+to+push+tags"
        );
        assert_eq!(
            page("https://acme.ghe.com/x/?a=b#c", &facts(), None),
            "https://acme.ghe.com/x/settings/personal-access-tokens/new?name=deploy-bot&target_name=acme\
             &contents=write&description=Release+bot+needs+to+push+tags"
        );
    }

    #[test]
    fn what_a_requester_typed_stays_a_value() {
        let token_name = Some("x&contents=admin#<@U0ALICE> \n世".to_owned());
        let nasty = Facts { token_name, justification: Some("世".repeat(1_000)), ..facts() };

        let page = page("https://github.com", &nasty, None);

        assert_eq!(page.matches('&').count(), 2, "{page}");
        assert!(page.is_ascii() && !page.contains(['<', '>', ' ', '\n', '#']), "{page}");
    }
}
