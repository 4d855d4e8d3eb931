//! GitHub's page for a new token, filled in (docs.github.com, "Pre-filling fine-grained personal access token details
//! using URL parameters"). An Enterprise Server that does not know the parameters shows the empty page.

use url::Url;

use crate::request::{Expiry, Facts, Level, PermissionGroup, is_known};

/// GitHub takes names of at most so many characters.
const LONGEST_NAME: usize = 40;

/// GitHub's page offers no longer life but an endless one.
const LONGEST_DAYS: i64 = 366;

/// The page, with more and with less filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTokenPage {
    /// With everything, also the justification.
    pub described: Url,
    /// With name, organization, life and permissions.
    pub filled: Url,
    pub empty: Url,
}

impl NewTokenPage {
    /// The page at `web_url` for a token as it is asked for here. What a requester typed stands in it as a parameter's
    /// value and nothing else.
    pub fn of(web_url: &Url, facts: &Facts) -> Self {
        let mut empty = web_url.clone();
        empty.set_query(None);
        empty.set_fragment(None);
        if let Ok(mut path) = empty.path_segments_mut() {
            path.pop_if_empty().extend(["settings", "personal-access-tokens", "new"]);
        }
        let mut filled = empty.clone();
        fill(&mut filled, facts);
        let mut described = filled.clone();
        if let Some(said) = &facts.justification {
            described.query_pairs_mut().append_pair("description", said);
        }
        Self { described, filled, empty }
    }
}

fn fill(page: &mut Url, facts: &Facts) {
    let mut query = page.query_pairs_mut();
    if let Some(name) = &facts.token_name {
        query.append_pair("name", &name.chars().take(LONGEST_NAME).collect::<String>());
    }
    query.append_pair("target_name", facts.organization.as_str());
    if let Some(life) = life(facts) {
        query.append_pair("expires_in", &life);
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

/// In days, begun ones counted whole; or none that ends.
fn life(facts: &Facts) -> Option<String> {
    const DAY_SECONDS: i64 = 86_400;
    match (facts.expiry, facts.created_at) {
        (Expiry::Never, _) => Some("none".to_owned()),
        (Expiry::At(at), Some(from)) => {
            let days = ((at - from).num_seconds() + DAY_SECONDS - 1).div_euclid(DAY_SECONDS);
            Some(days.clamp(1, LONGEST_DAYS).to_string())
        }
        (Expiry::At(_), None) | (Expiry::Unknown, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::facts;

    fn page(web_url: &str, facts: &Facts) -> NewTokenPage {
        NewTokenPage::of(&Url::parse(web_url).unwrap(), facts)
    }

    #[test]
    fn the_page_is_filled_in_with_what_was_asked_for() {
        let NewTokenPage { described, filled, empty } = page("https://github.com", &facts());
        assert_eq!(empty.as_str(), "https://github.com/settings/personal-access-tokens/new");
        assert_eq!(
            filled.as_str(),
            "https://github.com/settings/personal-access-tokens/new?name=deploy-bot&target_name=acme&expires_in=90\
             &contents=write"
        );
        assert_eq!(described.as_str(), format!("{filled}&description=Release+bot+needs+to+push+tags"));
        assert_eq!(
            page("https://acme.ghe.com/x/?a=b#c", &facts()).empty.as_str(),
            "https://acme.ghe.com/x/settings/personal-access-tokens/new"
        );
    }

    #[test]
    fn the_life_asked_for_is_told_as_the_page_takes_it() {
        let life = |expiry| life(&Facts { expiry, ..facts() });
        let after = |seconds| Expiry::At(facts().created_at.unwrap() + chrono::TimeDelta::seconds(seconds));

        assert_eq!(life(Expiry::Never).as_deref(), Some("none"));
        assert_eq!(life(Expiry::Unknown), None);
        assert_eq!(life(after(86_401)).as_deref(), Some("2"));
        assert_eq!(life(after(86_400 * 400)).as_deref(), Some("366"));
        assert_eq!(super::life(&Facts { created_at: None, ..facts() }), None);
    }

    #[test]
    fn what_a_requester_typed_stays_a_value() {
        let token_name = Some("x&contents=admin#<@U0ALICE> \n世".to_owned());
        let nasty = Facts { token_name, justification: Some("世&<@U0ALICE>#".repeat(100)), ..facts() };

        let page = page("https://github.com", &nasty).described;

        assert_eq!(page.as_str().matches('&').count(), 4, "{page}");
        assert!(page.as_str().is_ascii() && !page.as_str().contains(['<', '>', ' ', '\n', '#']), "{page}");
    }
}
