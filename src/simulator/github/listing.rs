//! Lists in pages: strict query parameters in, one page and a `Link` header out.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::GitHub;
use super::answer::Refusal;
use super::filter::Filter;
use super::variants::PageShift;

/// Items on a page (docs.github.com, using pagination in the REST API).
const DEFAULT_SIZE: usize = 30;
const LARGEST_SIZE: usize = 100;

/// Query of a list that has only pages.
pub(crate) struct Page {
    number: usize,
    size: usize,
    /// The other parameters, which links to further pages repeat.
    others: Vec<(String, String)>,
}

/// Query of the two lists about tokens.
pub(crate) struct Listing {
    pub(crate) page: Page,
    pub(crate) filter: Filter,
    pub(crate) ascending: bool,
}

/// Query of a list of people.
pub(crate) struct ByRole {
    pub(crate) page: Page,
    pub(crate) role: Option<String>,
}

impl FromRequestParts<GitHub> for ByRole {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &GitHub) -> Result<Self, Refusal> {
        let page = Page::parse(parts)?;
        let mut role = None;
        for (key, value) in &page.others {
            match key.as_str() {
                "role" => role = Some(value.clone()),
                _ => return Err(Refusal::invalid(format!("\"{key}\" is not a permitted key."))),
            }
        }
        Ok(Self { page, role })
    }
}

impl ByRole {
    /// Refuses a role that there is not.
    pub(crate) fn role_is(&self, known: &[&str]) -> Result<(), Refusal> {
        match &self.role {
            Some(role) if !known.contains(&role.as_str()) => {
                Err(Refusal::invalid(format!("\"{role}\" is no role.")))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl FromRequestParts<GitHub> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &GitHub) -> Result<Self, Refusal> {
        let page = Self::parse(parts)?;
        match page.others.first() {
            // GitHub ignores it; we want to see our typos.
            Some((unknown, _)) => Err(Refusal::invalid(format!("\"{unknown}\" is not a permitted key."))),
            None => Ok(page),
        }
    }
}

impl FromRequestParts<GitHub> for Listing {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &GitHub) -> Result<Self, Refusal> {
        let page = Page::parse(parts)?;
        let (mut filter, mut ascending) = (Filter::default(), false);
        for (key, value) in &page.others {
            match (key.as_str(), value.as_str()) {
                ("direction", "asc") => ascending = true,
                ("direction", "desc") | ("sort", "created_at") => {}
                ("direction" | "sort", _) => {
                    return Err(Refusal::invalid(format!("\"{value}\" is no {key}.")));
                }
                (_, _) => filter.add(key, value)?,
            }
        }
        Ok(Self { page, filter, ascending })
    }
}

impl Page {
    fn parse(parts: &Parts) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(Refusal::invalid)?;
        let mut page = Self { number: 1, size: DEFAULT_SIZE, others: Vec::new() };
        for (key, value) in pairs {
            match key.as_str() {
                "page" => page.number = number(&key, &value, usize::MAX)?,
                // GitHub takes more for 100; a client that asks for more expects to get it.
                "per_page" => page.size = number(&key, &value, LARGEST_SIZE)?,
                _ => page.others.push((key, value)),
            }
        }
        Ok(page)
    }

    /// This page of `items`, with links to `path`, which follows the API's address.
    pub(crate) fn of(&self, items: &[Value], github: &GitHub, path: &str) -> Response {
        self.of_many(items, github, path, Value::clone)
    }

    /// The same where there may be so many that only those of the page are worth showing.
    pub(crate) fn of_many<T>(
        &self,
        items: &[T],
        github: &GitHub,
        path: &str,
        show: impl Fn(&T) -> Value,
    ) -> Response {
        let last = items.len().div_ceil(self.size).max(1);
        let shown: Vec<Value> = items.iter().skip(self.start(github)).take(self.size).map(show).collect();
        let answer = Json(shown).into_response();
        if last == 1 {
            return answer;
        }
        let link = |relation: &str, page: usize| {
            format!("<{}>; rel=\"{relation}\"", self.address(github, path, page))
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(link("prev", self.number - 1));
        }
        if self.number < last {
            links.extend([link("next", self.number + 1), link("last", last)]);
        }
        if self.number > 1 {
            links.push(link("first", 1));
        }
        ([(LINK, links.join(", "))], answer).into_response()
    }

    /// Where the page begins, which may not be where the page before ended.
    fn start(&self, github: &GitHub) -> usize {
        let (shift, listings) = github.change(|world| {
            world.listings += u64::from(self.number == 1);
            (world.variants.page_shift, world.listings)
        });
        let start = (self.number - 1).saturating_mul(self.size);
        match shift {
            PageShift::Repeats if self.number > 1 => start - 1,
            PageShift::Skips if self.number > 1 && listings % 2 == 1 => start.saturating_add(1),
            PageShift::Still | PageShift::Repeats | PageShift::Skips => start,
        }
    }

    /// The other parameters stand first and a size nobody asked for is left out, as in GitHub's links.
    fn address(&self, github: &GitHub, path: &str, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.others);
        if self.size != DEFAULT_SIZE {
            query.append_pair("per_page", &self.size.to_string());
        }
        query.append_pair("page", &page.to_string());
        format!("{}{path}?{}", github.api_url(), query.finish())
    }
}

fn number(key: &str, value: &str, most: usize) -> Result<usize, Refusal> {
    match value.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(Refusal::invalid(format!("\"{value}\" is not a valid {key}."))),
    }
}
