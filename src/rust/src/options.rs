//! Settings of a call that name a method: which test, which fold changes, which
//! adjustment. An error is the name of the bad one.

use extendr_api::prelude::*;
use wilcoxide_kernel::{Alternative, Correction, Definition, PValues};

/// Whose fold changes they are.
pub(crate) fn definition(list: &List) -> std::result::Result<Definition, &'static str> {
    let name = list.dollar("lfc").map_err(|_| "lfc")?;
    let pseudocount = || {
        let value = list
            .dollar("pseudocount")
            .ok()
            .and_then(|value| value.as_real())
            .filter(|value| value.is_finite() && *value >= 0.0);
        value.ok_or("pseudocount")
    };
    Ok(match name.as_str() {
        Some("scanpy") => Definition::Scanpy {
            pseudocount: pseudocount()?,
        },
        Some("seurat") => Definition::Seurat {
            pseudocount: pseudocount()?,
        },
        Some("seurat4") => Definition::Seurat4 {
            pseudocount: pseudocount()?,
        },
        Some("mean_difference") => Definition::MeanDifference,
        _ => return Err("lfc"),
    })
}

/// How p-values are adjusted.
pub(crate) fn correction(list: &List) -> std::result::Result<Correction, &'static str> {
    let name = list.dollar("corr_method").map_err(|_| "corr_method")?;
    let known = name.as_str().and_then(Correction::from_name);
    known.ok_or("corr_method")
}

/// How p-values are made.
pub(crate) fn p_values(list: &List) -> std::result::Result<PValues, &'static str> {
    let get = |name: &'static str| list.dollar(name).map_err(|_| name);
    let flag = |name: &'static str| get(name)?.as_bool().ok_or(name);
    Ok(PValues {
        alternative: match get("alternative")?.as_str() {
            Some("two.sided") => Alternative::TwoSided,
            Some("greater") => Alternative::Greater,
            Some("less") => Alternative::Less,
            _ => return Err("alternative"),
        },
        correct: flag("correct")?,
        exact: flag("exact")?,
    })
}
