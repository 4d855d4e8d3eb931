//! Finds what policies name: the entities they mention, and the texts they compare with each fact.

use cedar_policy::pst::{
    self, ActionConstraint, EntityOrSlot, EntityUID, Expr, Literal, PatternElem, PrincipalConstraint,
    ResourceConstraint, UnaryOp, Var,
};

use super::reading::Written;

/// A text in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// The facts that it is compared with, as a whole.
    pub(super) compared_with: Vec<String>,
    /// It stands behind `like`: a star is any letters.
    pub(super) is_pattern: bool,
}

/// What one policy names.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) texts: Vec<Text>,
    /// Type and id.
    pub(super) entities: Vec<(String, String)>,
}

/// Everything that a policy names, but for actions.
pub(super) fn named(written: &Written) -> Named {
    let mut named = Named::default();
    named.scope(&written.tree);
    written.conditions().for_each(|condition| named.expression(condition));
    named
}

impl Named {
    fn scope(&mut self, tree: &pst::Template) {
        match &tree.principal {
            PrincipalConstraint::Eq(one)
            | PrincipalConstraint::In(one)
            | PrincipalConstraint::IsIn(_, one) => {
                self.entity_or_slot(one);
            }
            PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
        }
        match &tree.resource {
            ResourceConstraint::Eq(one) | ResourceConstraint::In(one) | ResourceConstraint::IsIn(_, one) => {
                self.entity_or_slot(one);
            }
            ResourceConstraint::Any | ResourceConstraint::Is(_) => {}
        }
        match &tree.action {
            ActionConstraint::Eq(one) => self.entity(one),
            ActionConstraint::In(all) => all.iter().for_each(|one| self.entity(one)),
            ActionConstraint::Any => {}
        }
    }

    fn entity_or_slot(&mut self, one: &EntityOrSlot) {
        match one {
            EntityOrSlot::Entity(one) => self.entity(one),
            EntityOrSlot::Slot(_) => {}
        }
    }

    fn entity(&mut self, one: &EntityUID) {
        let kind = one.ty.to_string();
        if kind != "Action" {
            self.entities.push((kind, one.eid.to_string()));
        }
    }

    /// Anything inside; texts that stand alone are compared with nothing.
    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Literal(Literal::String(text)) => self.text(text, &[]),
            Expr::Literal(Literal::EntityUID(one)) => self.entity(one),
            Expr::UnaryOp { op, expr } => match op {
                // What a time or a number is made of is no name.
                UnaryOp::Datetime | UnaryOp::Duration | UnaryOp::Decimal | UnaryOp::Ip => {}
                _ => self.expression(expr),
            },
            // Texts have no operators but comparisons.
            Expr::BinaryOp { left, right, .. } => {
                let facts: Vec<_> = facts_of(left).into_iter().chain(facts_of(right)).collect();
                for text in texts_of(left).into_iter().chain(texts_of(right)) {
                    self.text(&text, &facts);
                }
                self.expression(left);
                self.expression(right);
            }
            Expr::GetAttr { expr, .. } | Expr::HasAttr { expr, .. } => self.expression(expr),
            Expr::Like { expr, pattern } => {
                let letters = pattern.iter().map(|element| match element {
                    PatternElem::Char(letter) => *letter,
                    PatternElem::Wildcard => '*',
                });
                self.pattern(letters.collect(), facts_of(expr));
                self.expression(expr);
            }
            Expr::Is { expr, in_expr, .. } => {
                self.expression(expr);
                in_expr.iter().for_each(|inner| self.expression(inner));
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                [cond, then_expr, else_expr].into_iter().for_each(|inner| self.expression(inner));
            }
            Expr::Set(items) => items.iter().for_each(|item| self.expression(item)),
            Expr::Record(fields) => fields.values().for_each(|value| self.expression(value)),
            // Neither numbers nor variables name anything; Cedar may come to know more kinds of expressions, which the
            // validator then judges alone.
            _ => {}
        }
    }

    fn pattern(&mut self, text: String, compared_with: Vec<String>) {
        self.texts.push(Text { text, compared_with, is_pattern: true });
    }

    fn text(&mut self, text: &str, compared_with: &[String]) {
        let text = Text { text: text.to_owned(), compared_with: compared_with.to_vec(), is_pattern: false };
        if !self.texts.iter().any(|known| known.text == text.text && covers(known, &text)) {
            self.texts.push(text);
        }
    }
}

fn covers(known: &Text, other: &Text) -> bool {
    other.compared_with.iter().all(|fact| known.compared_with.contains(fact))
}

/// The facts whose value an expression may have.
fn facts_of(expression: &Expr) -> Vec<String> {
    match expression {
        // People have logins, too; of what is asked about only organizations have one.
        Expr::GetAttr { expr, attr } if attr == "login" && matches!(**expr, Expr::Var(Var::Resource)) => {
            vec!["organization".to_owned()]
        }
        Expr::GetAttr { attr, .. } => vec![attr.to_string()],
        Expr::Set(items) => items.iter().flat_map(|item| facts_of(item)).collect(),
        Expr::IfThenElse { then_expr, else_expr, .. } => {
            [then_expr, else_expr].into_iter().flat_map(|branch| facts_of(branch)).collect()
        }
        _ => Vec::new(),
    }
}

/// The texts that an expression may be, or hold.
fn texts_of(expression: &Expr) -> Vec<String> {
    match expression {
        Expr::Literal(Literal::String(text)) => vec![text.to_string()],
        Expr::Set(items) => items.iter().flat_map(|item| texts_of(item)).collect(),
        Expr::IfThenElse { then_expr, else_expr, .. } => {
            [then_expr, else_expr].into_iter().flat_map(|branch| texts_of(branch)).collect()
        }
        _ => Vec::new(),
    }
}
