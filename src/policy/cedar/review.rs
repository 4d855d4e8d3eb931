//! Looks over operators' policies for what Cedar can't know: names that nothing is configured for, and policies that do
//! not say what their writer means.

use cedar_policy::pst::ActionConstraint;

use super::implied;
use super::literals::{self, Text};
use super::reading::Written;
use crate::policy::Glob;
use crate::policy::fault::{Fault, Hint, Vocabulary, code};
use crate::request::{is_permission_name, permission_names};

/// As long as a message may be: a few sentences.
pub(super) const LONGEST_MESSAGE: usize = 300;

/// The annotations that mean something.
const ANNOTATIONS: [&str; 3] = ["id", "message", "cap_per_person_day"];

/// Facts that are names of people.
const LOGINS: [&str; 4] = ["login", "requester", "owner", "answeredBy"];

/// Reviews the operators' policies among those in force.
pub(super) fn all(
    kept: &[&Written],
    vocabulary: &Vocabulary,
    faults: &mut Vec<Fault>,
    hints: &mut Vec<Hint>,
) {
    let (built_in, operators): (Vec<&Written>, Vec<&Written>) =
        kept.iter().copied().partition(|one| one.place.is_none());
    for written in operators {
        let mut review = Review { written, vocabulary, faults, hints };
        review.action();
        review.annotations();
        review.message();
        review.cap();
        review.names();
        if let Some(known) = built_in.iter().find(|known| implied::is_implied(written, known)) {
            review.hint(format!(
                "the built-in policy {} permits everything that {} does; it can go",
                known.name, written.name
            ));
        }
    }
}

struct Review<'a> {
    written: &'a Written,
    vocabulary: &'a Vocabulary,
    faults: &'a mut Vec<Fault>,
    hints: &'a mut Vec<Hint>,
}

impl Review<'_> {
    fn fault(&mut self, letters: &str, code: &'static str, problem: String, cure: impl Into<String>) {
        let place = self.written.place_of_letters(letters);
        self.faults.push(Fault { place, code, problem, cure: cure.into() });
    }

    fn hint(&mut self, message: String) {
        let place = self.written.place.clone().unwrap_or_else(|| self.written.name.clone());
        self.hints.push(Hint { place, message });
    }

    /// A permit for whatever there is would permit what later releases add.
    fn action(&mut self) {
        match &self.written.tree.action {
            ActionConstraint::Any if !self.written.forbids() => {
                let problem = "it permits every action there is and will be".to_owned();
                let cure = r#"name them: action == Action::"show", or action in [Action::"show"]"#;
                self.fault("action", code::NO_ACTION, problem, cure);
            }
            ActionConstraint::Any | ActionConstraint::Eq(_) | ActionConstraint::In(_) => {}
        }
        if !self.written.forbids() && implied::actions(self.written).is_some_and(|all| all.contains("settle"))
        {
            self.hint(format!(
                "{} lets requests be settled although the requirements are not met; one approval is always needed",
                self.written.name
            ));
        }
    }

    fn annotations(&mut self) {
        let names: Vec<String> = self.written.tree.annotations.keys().cloned().collect();
        for name in names.iter().filter(|name| !ANNOTATIONS.contains(&name.as_str())) {
            let nearest = nearest(name, ANNOTATIONS);
            self.hint(format!("@{name} means nothing here{}", did_you_mean(nearest.as_deref(), "@")));
        }
    }

    fn message(&mut self) {
        let Some(message) = self.written.annotation("message").map(str::to_owned) else { return };
        if !self.written.forbids() && !self.permits_a_rule(&["autoApprove", "autoDeny", "autoRevoke"]) {
            let words =
                "@message is shown for a forbid, or for what a rule does alone: this permit refuses nobody";
            self.hint(words.to_owned());
        }
        let problem = if message.trim().is_empty() {
            "its @message is empty".to_owned()
        } else if message.chars().count() > LONGEST_MESSAGE {
            format!("its @message is longer than {LONGEST_MESSAGE} letters")
        } else if message.chars().any(is_unprintable) {
            "its @message has letters that can't be shown".to_owned()
        } else {
            return;
        };
        self.fault("@message", code::MESSAGE, problem, "say in a sentence or two what helps the person");
    }

    /// How many requests of one person a rule approves in a day.
    fn cap(&mut self) {
        const CAP: &str = "cap_per_person_day";
        let Some(cap) = self.written.annotation(CAP).map(str::to_owned) else { return };
        if self.written.forbids() || !self.permits_a_rule(&["autoApprove"]) {
            self.hint(format!(
                "@{CAP} counts what a permit to autoApprove lets through; here it means nothing"
            ));
        }
        if cap.parse::<u32>().is_err() {
            let problem = format!("its @{CAP} is {cap:?}, and no whole number");
            self.fault(CAP, code::CAP, problem, format!("write @{CAP}(\"3\")"));
        }
    }

    /// Whether any of these actions, which rules do alone, is among the policy's.
    fn permits_a_rule(&self, automatic: &[&str]) -> bool {
        implied::actions(self.written).is_some_and(|all| automatic.iter().any(|one| all.contains(*one)))
    }

    fn names(&mut self) {
        let named = literals::named(self.written);
        for (kind, id) in &named.entities {
            self.entity(kind, id);
        }
        for text in &named.texts {
            self.text(text);
        }
    }

    fn entity(&mut self, kind: &str, id: &str) {
        match kind {
            "Group" | "Organization" if has_capitals(id) => self.capitals(id),
            "Group" if !self.vocabulary.groups.contains(id) => {
                let known = self.vocabulary.groups.iter().map(String::as_str);
                let cure = cure(id, known, &format!("write groups.{id}.members = [\"alice\"]"));
                self.fault(&quoted(id), UNKNOWN_GROUP, format!("there is no group {id:?}"), cure);
            }
            "Organization" => self.organization(id),
            "User" if !is_slack_user(id) && id.contains('@') => self.no_login(id),
            "User" if !is_slack_user(id) => {
                let cure = r#"write the Slack member id, as in User::"U0ALICE", or compare principal.login"#;
                self.fault(&quoted(id), code::USER, format!("{id:?} is no Slack user"), cure);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &Text) {
        if has_capitals(&text.text) {
            return self.capitals(&text.text);
        }
        for fact in &text.compared_with {
            match fact.as_str() {
                "organization" if text.is_pattern => self.organizations_like(&text.text),
                fact if LOGINS.contains(&fact) && !may_be_login(&text.text, text.is_pattern) => {
                    self.no_login(&text.text);
                }
                _ if text.is_pattern => {}
                "permissions" => self.permission(&text.text),
                "touches" => self.repository_group(&text.text),
                "organization" => self.organization(&text.text),
                fact if LOGINS.contains(&fact) => self.login(&text.text),
                _ => {}
            }
        }
    }

    /// GitHub ignores case; facts are in small letters, and a comparison with others never holds.
    fn capitals(&mut self, text: &str) {
        if text.contains('@') {
            return self.no_login(text);
        }
        let problem = format!("{text:?} has capital letters, and facts have none: it never matches");
        self.fault(&quoted(text), code::CAPITALS, problem, format!("write {:?}", text.to_lowercase()));
    }

    fn permission(&mut self, text: &str) {
        let (name, level) = text.split_once(':').unwrap_or((text, ""));
        let code = code::UNKNOWN_PERMISSION;
        if name == "unknown" {
            return;
        }
        if !is_permission_name(name) {
            let cure = cure(name, permission_names(), "docs/policies.md tells how permissions are written");
            return self.fault(&quoted(text), code, format!("there is no permission {name:?}"), cure);
        }
        if !["read", "write", "admin"].contains(&level) {
            let problem = format!("{text:?} has no level that a permission can have");
            self.fault(&quoted(text), code, problem, format!("write \"{name}:read\", :write or :admin"));
        }
    }

    fn repository_group(&mut self, text: &str) {
        if self.vocabulary.repository_groups.contains(text) {
            return;
        }
        let known = self.vocabulary.repository_groups.iter().map(String::as_str);
        let otherwise = format!("write repository_groups.{text} = [\"acme/{text}-*\"]");
        let problem = format!("there is no repository group {text:?}");
        let cure = cure(text, known, &otherwise);
        self.fault(&quoted(text), code::UNKNOWN_REPOSITORY_GROUP, problem, cure);
    }

    fn organization(&mut self, text: &str) {
        if self.vocabulary.organizations.iter().any(|glob| glob.matches(text)) {
            return;
        }
        let problem = format!("the organization {text:?} is none of github.organizations");
        let known = self.vocabulary.organizations.iter().map(Glob::as_str);
        let cure = cure(text, known, "add it there");
        self.fault(&quoted(text), code::UNKNOWN_ORGANIZATION, problem, cure);
    }

    /// Patterns of organizations that are served may stand for any name.
    fn organizations_like(&mut self, pattern: &str) {
        let organizations = &self.vocabulary.organizations;
        let is_any = |glob: &Glob| !glob.as_str().bytes().all(is_of_login);
        let matches = |pattern: Glob| organizations.iter().any(|one| pattern.matches(one.as_str()));
        if organizations.iter().any(is_any) || pattern.parse::<Glob>().is_ok_and(matches) {
            return;
        }
        let problem = format!("no organization of github.organizations is like {pattern:?}");
        let cure = "compare it with what stands there";
        self.fault(&quoted(pattern), code::UNKNOWN_ORGANIZATION, problem, cure);
    }

    fn no_login(&mut self, text: &str) {
        // The address of a person has no place in a log.
        let problem = match text.contains('@') {
            true => "an e-mail address is no login: it never matches".to_owned(),
            false => format!("{text:?} is no GitHub login: it never matches"),
        };
        self.fault(&quoted(text), code::LOGIN, problem, "write it as in the address of the person's profile");
    }

    /// Anybody may ask, so a login that nobody has linked is no mistake.
    fn login(&mut self, text: &str) {
        let people = &self.vocabulary.people;
        if text.is_empty() || people.iter().any(|known| known.as_str() == text) {
            return;
        }
        let nearest = nearest(text, people.iter().map(|login| login.as_str()))
            .filter(|known| strsim::damerau_levenshtein(text, known) <= 2);
        self.hint(format!(
            "{text:?} is in neither [people] nor [machines]{}",
            did_you_mean(nearest.as_deref(), "")
        ));
    }
}

/// The configuration's code for a group that is not defined.
const UNKNOWN_GROUP: &str = "unknown-group";

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn has_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

/// Letters that break a line, turn the reading direction or can't be seen.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Letters, digits and hyphens; underscores in the logins of managed users. Policies have them in small letters.
fn is_of_login(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
}

/// Nobody's login is empty: that of who is not linked.
fn may_be_login(text: &str, is_pattern: bool) -> bool {
    text.bytes().all(|byte| is_of_login(byte) || is_pattern && byte == b'*')
}

fn is_slack_user(id: &str) -> bool {
    id.len() > 1
        && id.starts_with(['U', 'W'])
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let all = known.into_iter();
    all.min_by_key(|known| strsim::damerau_levenshtein(name, known)).map(str::to_owned)
}

fn cure<'n>(name: &str, known: impl IntoIterator<Item = &'n str>, otherwise: &str) -> String {
    nearest(name, known).map_or_else(|| otherwise.to_owned(), |nearest| format!("did you mean {nearest}?"))
}

fn did_you_mean(nearest: Option<&str>, before: &str) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {before}{name}?"))
}
