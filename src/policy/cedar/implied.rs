//! Whether a permit adds nothing to another. What is told is true; what is not told may still be so: two policies are
//! compared condition by condition, as they are written.
//!
//! A policy holds when all its conditions do, those of its scope included. So one whose conditions include all of
//! another's, and whose actions are among the other's, permits nothing that the other does not.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, EntityOrSlot, EntityType, EntityUID, Expr, Literal,
    PrincipalConstraint, ResourceConstraint, UnaryOp, Var,
};

use super::reading::Written;

/// Whether `other` permits everything that `one` does.
pub(super) fn is_implied(one: &Written, other: &Written) -> bool {
    if one.forbids() || other.forbids() {
        return false;
    }
    let Some(actions) = actions(one) else { return false };
    let covers_actions = self::actions(other).is_none_or(|known| actions.is_subset(&known));
    let (ours, theirs) = (conditions(one), conditions(other));
    let holds = |condition: &Expr| ours.contains(condition) || is_given(condition, &actions);
    covers_actions && theirs.iter().all(holds)
}

/// The actions a policy is about; `None` for any.
pub(super) fn actions(written: &Written) -> Option<BTreeSet<String>> {
    match &written.tree.action {
        ActionConstraint::Any => None,
        ActionConstraint::Eq(one) => Some(BTreeSet::from([one.eid.to_string()])),
        ActionConstraint::In(all) => Some(all.iter().map(|one| one.eid.to_string()).collect()),
    }
}

/// What has to hold, each by itself.
fn conditions(written: &Written) -> Vec<Expr> {
    let mut found = Vec::new();
    match &written.tree.principal {
        PrincipalConstraint::Any => {}
        PrincipalConstraint::Eq(one) => found.extend(relation(Var::Principal, BinaryOp::Eq, one)),
        PrincipalConstraint::In(one) => found.extend(relation(Var::Principal, BinaryOp::In, one)),
        PrincipalConstraint::Is(kind) => found.push(is(Var::Principal, kind)),
        PrincipalConstraint::IsIn(kind, one) => {
            found.push(is(Var::Principal, kind));
            found.extend(relation(Var::Principal, BinaryOp::In, one));
        }
    }
    match &written.tree.resource {
        ResourceConstraint::Any => {}
        ResourceConstraint::Eq(one) => found.extend(relation(Var::Resource, BinaryOp::Eq, one)),
        ResourceConstraint::In(one) => found.extend(relation(Var::Resource, BinaryOp::In, one)),
        ResourceConstraint::Is(kind) => found.push(is(Var::Resource, kind)),
        ResourceConstraint::IsIn(kind, one) => {
            found.push(is(Var::Resource, kind));
            found.extend(relation(Var::Resource, BinaryOp::In, one));
        }
    }
    for clause in written.tree.clauses() {
        match clause {
            Clause::When(condition) => split(condition, &mut found),
            Clause::Unless(condition) => {
                found.push(Expr::UnaryOp { op: UnaryOp::Not, expr: Arc::clone(condition) });
            }
        }
    }
    found
}

fn split(condition: &Expr, found: &mut Vec<Expr>) {
    match condition {
        Expr::BinaryOp { op: BinaryOp::And, left, right } => {
            split(left, found);
            split(right, found);
        }
        Expr::Is { expr, entity_type, in_expr: Some(inner) } => {
            found.push(Expr::Is { expr: Arc::clone(expr), entity_type: entity_type.clone(), in_expr: None });
            let (left, right) = (Arc::clone(expr), Arc::clone(inner));
            found.push(Expr::BinaryOp { op: BinaryOp::In, left, right });
        }
        other => found.push(other.clone()),
    }
}

fn relation(of: Var, op: BinaryOp, one: &EntityOrSlot) -> Option<Expr> {
    let EntityOrSlot::Entity(one) = one else { return None };
    let right = Arc::new(Expr::Literal(Literal::EntityUID(EntityUID::clone(one))));
    Some(Expr::BinaryOp { op, left: Arc::new(Expr::Var(of)), right })
}

fn is(of: Var, kind: &EntityType) -> Expr {
    Expr::Is { expr: Arc::new(Expr::Var(of)), entity_type: kind.clone(), in_expr: None }
}

/// What the schema says by itself: nobody but people approves, and nothing but requests is approved.
fn is_given(condition: &Expr, actions: &BTreeSet<String>) -> bool {
    let Expr::Is { expr, entity_type, in_expr: None } = condition else { return false };
    let kind = entity_type.to_string();
    let always = |known: &[&str]| actions.iter().all(|action| known.contains(&action.as_str()));
    match (expr.as_ref(), kind.as_str()) {
        (Expr::Var(Var::Principal), "User") => {
            always(&["approve", "deny", "show", "revoke", "list", "export"])
        }
        (Expr::Var(Var::Principal), "Votes") => always(&["settle"]),
        (Expr::Var(Var::Resource), "TokenRequest") => {
            always(&["approve", "deny", "settle", "autoApprove", "autoDeny"])
        }
        _ => false,
    }
}
