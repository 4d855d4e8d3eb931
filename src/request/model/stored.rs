//! The request as it is stored, and what it asks for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use crate::request::{Facts, Repositories, State, TokenRequest};

/// The real request. All requests of a model differ in content and state alone, so nothing else needs hashing; and it
/// is hashed once, because most moves leave it as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    request: Arc<TokenRequest>,
    hash: u64,
}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.hash.hash(hasher);
    }
}

impl Stored {
    pub(super) fn new(request: TokenRequest) -> Self {
        let mut hasher = DefaultHasher::new();
        (
            Content::of(&request.facts),
            request.enrichment,
            request.is_unasked,
            &request.ruling,
            &request.state,
        )
            .hash(&mut hasher);
        Self { request: Arc::new(request), hash: hasher.finish() }
    }

    /// A copy to try a transition on.
    pub(super) fn get(&self) -> TokenRequest {
        (*self.request).clone()
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.clone();
        change(&mut state);
        if state != self.state {
            *self = Self::new(TokenRequest { state, ..self.get() });
        }
    }
}

impl Deref for Stored {
    type Target = TokenRequest;

    fn deref(&self) -> &TokenRequest {
        &self.request
    }
}

/// What the request asks for: one repository, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Narrow,
    Wide,
}

impl Content {
    pub(super) const ALL: [Self; 2] = [Self::Narrow, Self::Wide];

    pub(super) fn of(facts: &Facts) -> Self {
        match facts.repositories {
            Repositories::All => Self::Wide,
            Repositories::None | Repositories::Subset { .. } | Repositories::Unknown(_) => Self::Narrow,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Narrow => Self::Wide,
            Self::Wide => Self::Narrow,
        }
    }
}
