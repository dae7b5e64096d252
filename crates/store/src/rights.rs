//! Who may do what.

posdx_model::words! {
    /// What a person is there for; decides what the person may do.
    Duty {
        /// Stands at the till: opens cases, sees and annotates their own.
        Cashier = "cashier",
        /// Sits at the hotline: works on all cases of the organisation.
        Agent = "agent",
        /// Repairs: works on all cases of the organisation.
        Engineer = "engineer",
        /// Runs the installation for the organisation: people, tokens, retention; also works on cases.
        Operations = "operations",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
    }
}

/// One thing that may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Open a case.
    OpenCase,
    /// See the cases one opened.
    SeeOwnCases,
    /// See all cases of the organisation.
    SeeCases,
    /// Write a note to a case one can see.
    Annotate,
    /// Assign, escalate, close and reopen.
    WorkCase,
    /// Take all cases out as a file.
    Export,
    /// Erase what a case holds, on request.
    Forget,
    /// Make and change people and tokens of others.
    ManagePeople,
    /// Read the audit trail.
    ReadAudit,
}

impl Duty {
    /// Does this duty include the right? The table is short and meant to be read by an auditor.
    pub fn may(self, right: Right) -> bool {
        use Right::*;
        let rights: &[Right] = match self {
            Duty::Cashier => &[OpenCase, SeeOwnCases, Annotate],
            Duty::Agent | Duty::Engineer => &[OpenCase, SeeOwnCases, SeeCases, Annotate, WorkCase],
            Duty::Operations => &[OpenCase, SeeOwnCases, SeeCases, Annotate, WorkCase, Export, Forget, ManagePeople],
            Duty::Auditor => &[SeeOwnCases, SeeCases, Export, ReadAudit],
        };
        rights.contains(&right)
    }
}
