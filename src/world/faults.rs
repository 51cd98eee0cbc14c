//! How often things go wrong. Plain data; rates are times in a thousand.

/// Rates of the faults; [`Faults::none`] is a good world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    // Of one letter of ours, when it is handed over.
    pub send_later: u32,
    pub send_rejected: u32,
    pub send_uncertain: u32,
    // Of one letter on its way, in either direction.
    pub lost: u32,
    pub bounced: u32,
    pub duplicated: u32,
    pub delayed: u32,
    // Of one day.
    pub outage: u32,
    pub renumbered: u32,
    pub junk: u32,
    pub power_cut: u32,
    pub clock_jump: u32,
    pub full_disk: u32,
    /// Whether the authority's manners change with the season.
    pub seasons: bool,
    /// Days on which a person does not look.
    pub person_away: u32,
    /// Looks at a renewal that is near, on which the person puts it off.
    pub snoozes: u32,
    /// Looks at a holder for whom nothing is due, on which the person renews all the same.
    pub early_renewals: u32,
    /// Of one holder: pays by invoice.
    pub invoices: u32,
    /// Whether the town has a tax office, where the authority speaks its dialect.
    pub tax_office: bool,
}

impl Faults {
    pub fn none() -> Self {
        Self::default()
    }

    /// Everything goes wrong now and then.
    pub fn stormy() -> Self {
        Self {
            send_later: 150,
            send_rejected: 30,
            send_uncertain: 150,
            lost: 120,
            bounced: 40,
            duplicated: 150,
            delayed: 100,
            outage: 40,
            renumbered: 20,
            junk: 150,
            power_cut: 60,
            clock_jump: 15,
            full_disk: 15,
            seasons: true,
            person_away: 400,
            snoozes: 150,
            early_renewals: 8,
            invoices: 500,
            tax_office: true,
        }
    }

    /// The storm of the first seeds: before there were invoices, snoozing and the tax office.
    pub fn early() -> Self {
        let (snoozes, early_renewals, invoices, tax_office) = (0, 0, 0, false);
        Self { snoozes, early_renewals, invoices, tax_office, ..Self::stormy() }
    }
}
