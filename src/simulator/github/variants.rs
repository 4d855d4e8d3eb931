//! Where nobody outside GitHub knows what it does: both sides of each such fact, to be switched by tests.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::answer::Refusal;

/// Which of its possible behaviours this GitHub shows; may change at any time, see [`super::GitHub::vary`].
#[derive(Clone, Debug, Default)]
pub struct Variants {
    pub not_pending: NotPendingStatus,
    pub own_sender: OwnSender,
    /// The schema makes `installation` optional on `created`, and there only.
    pub created_without_installation: bool,
    /// GitHub's changelog says that the event has the requester's reason, its schema says not.
    pub reason_in_webhook: bool,
    pub list_lag: ListLag,
    /// Webhooks name no more than this many repositories; `repository_count` still tells the number.
    pub inline_repositories: Option<usize>,
    pub expiry_format: ExpiryFormat,
    pub token_format: TokenFormat,
    pub reason_unit: ReasonUnit,
    /// An edited request is announced by `created` with the same id; otherwise only the list shows the edit.
    pub edits_are_announced: bool,
    pub page_shift: PageShift,
    pub revoking_many: RevokingMany,
}

/// The answer to reviewing a request that is unknown or already settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotPendingStatus {
    #[default]
    NotFound,
    Unprocessable,
}

impl NotPendingStatus {
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::NotFound => Refusal::not_found(),
            Self::Unprocessable => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed"),
        }
    }
}

/// Who is the `sender` of webhooks that the app's own reviews cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnSender {
    /// `<slug>[bot]`, type `Bot`.
    #[default]
    Bot,
    /// The user who owns the app.
    AppOwner,
}

/// How long a new request is missing from the list of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListLag {
    #[default]
    None,
    /// Missing from this many listings of its organization.
    Calls(u32),
    /// Missing for this long on the clock.
    For(TimeDelta),
}

/// How `token_expires_at` is written; the schema says only "string".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiryFormat {
    /// `2023-11-16T08:47:09.000-08:00`, as in the published examples.
    #[default]
    Offset,
    /// `2023-11-16T16:47:09Z`, as elsewhere in the API.
    Utc,
}

/// The looks of an installation token; clients are to treat it as opaque.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenFormat {
    /// `ghs_` and 36 letters and digits.
    #[default]
    Short,
    /// `ghs_APPID_` and a JWT, some 520 characters (github.blog, changelog 2026-05-15).
    Stateless,
}

/// What the 1024 of a reason's length count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReasonUnit {
    #[default]
    CodePoints,
    Utf16,
    Bytes,
}

impl ReasonUnit {
    pub(crate) fn length(self, reason: &str) -> usize {
        match self {
            Self::CodePoints => reason.chars().count(),
            Self::Utf16 => reason.encode_utf16().count(),
            Self::Bytes => reason.len(),
        }
    }
}

/// What later pages show when the list changed while it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageShift {
    #[default]
    Still,
    /// A newcomer pushed the rest down: a later page begins with the last item of the page before.
    Repeats,
    /// An item above was settled: a later page begins one item too late, in every other listing.
    Skips,
}

/// What comes of ending many tokens in one call, which is answered with "accepted" whatever comes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevokingMany {
    /// Those that are there are ended.
    #[default]
    KnownOnes,
    /// One that is not there has the call refused.
    AllOrNone,
    /// None is ended.
    Nothing,
}
