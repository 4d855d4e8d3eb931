//! Reads policies from their texts and gives each its name.

use cedar_policy::ffi::DetailedError;
use cedar_policy::pst::{self, Expr};
use cedar_policy::{Effect, Policy, PolicyId};

use super::Shown;
use super::source::{Statement, line, statements};
use crate::policy::fault::{Fault, code};
use crate::policy::texts::{PolicyFile, PolicyTexts};

/// As long as a policy's name may be; it stands in the record of every judgement that it causes.
const LONGEST_NAME: usize = 64;

/// One policy that could be read.
pub(super) struct Written {
    pub(super) name: String,
    /// File and line; `None` for a built-in one.
    pub(super) place: Option<String>,
    pub(super) policy: Policy,
    pub(super) tree: pst::Template,
    text: String,
    /// Where its text begins: the file's index and the offset.
    start: Option<(usize, usize)>,
}

impl Written {
    pub(super) fn forbids(&self) -> bool {
        self.policy.effect() == Effect::Forbid
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.policy.annotation(name)
    }

    /// The conditions, as they are written.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Expr> {
        self.tree.clauses().iter().map(|clause| match clause {
            pst::Clause::When(condition) | pst::Clause::Unless(condition) => condition.as_ref(),
        })
    }

    pub(super) fn shown(&self) -> Shown {
        Shown {
            name: self.name.clone(),
            place: self.place.clone(),
            forbids: self.forbids(),
            message: self.annotation("message").map(|message| message.trim().to_owned()),
            text: self.text.clone(),
        }
    }

    /// Where the first such letters stand in it; its beginning, where they do not.
    pub(super) fn place_of_letters(&self, letters: &str) -> String {
        let place = self.place.clone().unwrap_or_else(|| self.name.clone());
        let lines = self.text.find(letters).map_or(0, |at| line(&self.text, at) - 1);
        match place.rsplit_once(':').and_then(|(file, first)| Some((file, first.parse::<usize>().ok()?))) {
            Some((file, first)) => format!("{file}:{}", first + lines),
            None => place,
        }
    }

    /// Where Cedar found something.
    pub(super) fn place_of(&self, error: &DetailedError, texts: &PolicyTexts) -> String {
        let Some((file, start)) = self.start else { return format!("the built-in policy {}", self.name) };
        let Some(file) = texts.files.get(file) else { return self.name.clone() };
        at(file, start + offset(error))
    }
}

/// All policies of a set that can be read; what can't be is a mistake.
pub(super) fn read(texts: &PolicyTexts, faults: &mut Vec<Fault>) -> Vec<Written> {
    let mut all: Vec<Written> = Vec::new();
    for statement in statements(&texts.built_in) {
        match one(&statement) {
            Ok(policy) => take(&mut all, policy, &statement, None, texts, faults),
            Err(error) => faults.push(Fault { place: "the built-in policies".to_owned(), ..syntax(*error) }),
        }
    }
    for (index, file) in texts.files.iter().enumerate() {
        for statement in statements(&file.text) {
            if let Some(problem) = statement.excess() {
                let cure = "write it as several policies".to_owned();
                faults.push(Fault { place: at(file, statement.start), code: code::EXCESS, problem, cure });
                continue;
            }
            match one(&statement) {
                Ok(policy) => take(&mut all, policy, &statement, Some(index), texts, faults),
                Err(error) => {
                    let place = at(file, statement.start + offset(&error));
                    faults.push(Fault { place, ..syntax(*error) });
                }
            }
        }
    }
    all
}

fn one(statement: &Statement<'_>) -> Result<Policy, Box<DetailedError>> {
    // Of several errors Cedar tells the first.
    Policy::parse(None, statement.text).map_err(|errors| Box::new(DetailedError::from(&errors)))
}

fn syntax(error: DetailedError) -> Fault {
    let cure = match (error.help, error.source_locations.into_iter().find_map(|place| place.label)) {
        (Some(help), _) => help,
        (None, Some(label)) => label,
        (None, None) => "docs/policies.md shows how policies are written".to_owned(),
    };
    Fault { place: String::new(), code: code::SYNTAX, problem: error.message, cure }
}

/// Takes a policy under its name, if that is one and not another's.
fn take(
    all: &mut Vec<Written>,
    policy: Policy,
    statement: &Statement<'_>,
    file: Option<usize>,
    texts: &PolicyTexts,
    faults: &mut Vec<Fault>,
) {
    let file_and_start = file.and_then(|index| Some((texts.files.get(index)?, index)));
    let place = file_and_start.map(|(file, _)| at(file, statement.start));
    let told = place.clone().unwrap_or_else(|| "the built-in policies".to_owned());
    let mut refuse = |code, problem: String, cure: &str| {
        faults.push(Fault { place: told.clone(), code, problem, cure: cure.to_owned() });
    };
    let Some(name) = policy.annotation("id").map(str::to_owned) else {
        let cure = "write @id(\"a-name\") before it; refusals and the record name it so";
        return refuse(code::NAMELESS, "the policy has no @id".to_owned(), cure);
    };
    if !is_name(&name) {
        let cure = "use small letters, digits, - and _, at most 64";
        return refuse(code::NAME, "its @id is no name for a policy".to_owned(), cure);
    }
    if let Some(other) = all.iter().find(|other| other.name == name) {
        let problem = match &other.place {
            Some(place) => format!("the policy at {place} is called {name}, too"),
            None => format!("a built-in policy is called {name}"),
        };
        return refuse(code::NAME, problem, "give it a name of its own");
    }
    let tree = match policy.to_pst() {
        Ok(tree) => tree.body().clone(),
        Err(error) => return refuse(code::SYNTAX, error.to_string(), "write it without unusual operators"),
    };
    let policy = policy.new_id(PolicyId::new(&name));
    let (text, start) = (statement.text.to_owned(), file.map(|file| (file, statement.start)));
    all.push(Written { name, place, policy, tree, text, start });
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_letter)
}

fn offset(error: &DetailedError) -> usize {
    error.source_locations.first().map_or(0, |place| place.loc.start)
}

fn at(file: &PolicyFile, at: usize) -> String {
    format!("{}:{}", file.name, line(&file.text, at))
}
