//! What rules have to do with a request, as it is written down.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::state::Choice;
use crate::ids::Login;
use crate::request;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Ruling {
    Awaited { until: Millis },
    Due,
    People,
    Asked(Said),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Said {
    Nothing,
    Would {
        verdict: Choice,
        rule: String,
    },
    UsedUp {
        rule: String,
        cap: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answering: Option<String>,
    },
    Decided,
}

/// What never changes is left out.
pub(super) fn written(ruling: &request::Ruling) -> Option<Ruling> {
    match ruling.clone() {
        request::Ruling::Never => None,
        request::Ruling::Awaited { until } => Some(Ruling::Awaited { until: Millis(until) }),
        request::Ruling::Due => Some(Ruling::Due),
        request::Ruling::People => Some(Ruling::People),
        request::Ruling::Asked(said) => Some(Ruling::Asked(match said {
            request::Said::Nothing => Said::Nothing,
            request::Said::Would { verdict, rule } => Said::Would { verdict: verdict.into(), rule },
            request::Said::UsedUp { rule, cap, answering } => {
                Said::UsedUp { rule, cap, answering: answering.map(|login| login.to_string()) }
            }
            request::Said::Decided => Said::Decided,
        })),
    }
}

pub(super) fn read(ruling: Option<Ruling>) -> request::Ruling {
    match ruling {
        None => request::Ruling::Never,
        Some(Ruling::Awaited { until }) => request::Ruling::Awaited { until: until.0 },
        Some(Ruling::Due) => request::Ruling::Due,
        Some(Ruling::People) => request::Ruling::People,
        Some(Ruling::Asked(said)) => request::Ruling::Asked(match said {
            Said::Nothing => request::Said::Nothing,
            Said::Would { verdict, rule } => request::Said::Would { verdict: verdict.into(), rule },
            Said::UsedUp { rule, cap, answering } => {
                request::Said::UsedUp { rule, cap, answering: answering.as_deref().map(Login::new) }
            }
            Said::Decided => request::Said::Decided,
        }),
    }
}
