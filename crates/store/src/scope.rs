//! The only door to what belongs to an organisation.

use crate::rights::{Duty, Right};
use crate::{Store, StoreError};

/// A person who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Number of the person.
    pub user: i64,
    /// Number of the person's organisation.
    pub organisation: i64,
    /// Name at login.
    pub name: String,
    duty: Duty,
    /// A token may carry less than its person; never more.
    at_most: Duty,
}

impl Principal {
    pub(crate) fn from_row(user: i64, organisation: i64, name: String, duty: String) -> Option<Principal> {
        let duty: Duty = duty.parse().ok()?;
        Some(Principal { user, organisation, name, duty, at_most: duty })
    }

    pub(crate) fn narrowed(self, at_most: Duty) -> Principal {
        Principal { at_most, ..self }
    }

    /// The person's duty, or the smaller one of the token that is in use.
    pub fn duty(&self) -> Duty {
        if self.duty == self.at_most { self.duty } else { self.at_most }
    }

    /// May this person do it?
    pub fn may(&self, right: Right) -> bool {
        self.duty.may(right) && self.at_most.may(right)
    }

    /// Does this person hold every right of that duty?
    pub(crate) fn covers(&self, duty: Duty) -> bool {
        use Right::*;
        [OpenCase, SeeOwnCases, SeeCases, Annotate, WorkCase, Export, Forget, ManagePeople, ReadAudit]
            .iter()
            .all(|right| !duty.may(*right) || self.may(*right))
    }

    /// The error of who may not.
    pub(crate) fn need(&self, right: Right) -> Result<(), StoreError> {
        if self.may(right) { Ok(()) } else { Err(StoreError::Forbidden) }
    }
}

/// What one person can reach: the organisation they belong to. Every query inside names that organisation; there is no other way to a
/// case, so a forgotten condition cannot open a way across.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    store: &'a Store,
    person: &'a Principal,
}

impl Store {
    /// Opens what this person can reach.
    pub fn scope<'a>(&'a self, person: &'a Principal) -> Scope<'a> {
        Scope { store: self, person }
    }
}

impl<'a> Scope<'a> {
    pub(crate) fn store(&self) -> &'a Store {
        self.store
    }

    /// Whose scope it is.
    pub fn person(&self) -> &'a Principal {
        self.person
    }
}
