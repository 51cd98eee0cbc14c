//! A strict reader of the Prometheus text format 0.0.4, written from its specification:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>. It refuses what `promtool check
//! metrics` complains of too: a family without help, a counter without `_total`.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

#[derive(Debug, PartialEq)]
pub struct Family {
    pub kind: String,
    pub help: String,
    pub samples: Vec<Sample>,
}

/// Reads everything, or says which line is wrong.
pub fn read(text: &str) -> Result<BTreeMap<String, Family>, String> {
    if !text.ends_with('\n') {
        return Err("the last line has no end".into());
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current: Option<String> = None;
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        let wrong = |why: &str| Err(format!("{why}: {line}"));
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let Some((name, help)) = rest.split_once(' ') else { return wrong("no help") };
            if !is_metric_name(name) || help.trim().is_empty() {
                return wrong("a bad name or an empty help");
            }
            let (kind, help) = (String::new(), help.to_owned());
            let family = Family { kind, help, samples: Vec::new() };
            if families.insert(name.into(), family).is_some() {
                return wrong("the family comes twice");
            }
            current = Some(name.into());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let Some((name, kind)) = rest.split_once(' ') else { return wrong("no type") };
            if current.as_deref() != Some(name) {
                return wrong("the type does not follow its help");
            }
            if !["gauge", "counter", "histogram"].contains(&kind) {
                return wrong("an unknown type");
            }
            if (kind == "counter") != name.ends_with("_total") {
                return wrong("counters, and only they, end in _total");
            }
            let family = families.get_mut(name).unwrap();
            if !family.kind.is_empty() || !family.samples.is_empty() {
                return wrong("the type comes too late");
            }
            family.kind = kind.into();
        } else {
            let sample = sample(line).map_err(|why| format!("{why}: {line}"))?;
            let Some(name) = &current else { return wrong("a sample before its family") };
            let family = families.get_mut(name).unwrap();
            let suffix = sample.name.strip_prefix(name.as_str()).unwrap_or("?");
            let fits = match family.kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
                "" => false,
                _ => suffix.is_empty(),
            };
            if !fits {
                return wrong("the sample belongs to another family");
            }
            if !seen.insert((sample.name.clone(), sample.labels.clone())) {
                return wrong("the same sample twice");
            }
            family.samples.push(sample);
        }
    }
    for (name, family) in families.iter().filter(|(_, family)| family.kind == "histogram") {
        histogram(name, family)?;
    }
    Ok(families)
}

fn is_metric_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    if !is_metric_name(name) {
        return Err(format!("«{name}» is not a name"));
    }
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, value) = rest.split_once("=\"").ok_or("a label without a value")?;
            if !is_metric_name(label) || label.starts_with("__") {
                return Err(format!("«{label}» is not a label"));
            }
            let (value, after) = quoted(value)?;
            if labels.insert(label.to_owned(), value).is_some() {
                return Err(format!("the label {label} twice"));
            }
            rest = match after.strip_prefix(',') {
                Some(more) => more,
                None => after.strip_prefix('}').ok_or("the labels do not end")?,
            };
            if !after.starts_with(',') {
                break;
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    let value = value.parse::<f64>().map_err(|_| "the value is no number")?;
    Ok(Sample { name: name.into(), labels, value })
}

/// Up to the closing quote; what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value.push(match characters.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('\\' | '"'))) => escaped,
                _ => return Err("an unknown escape".into()),
            }),
            other => value.push(other),
        }
    }
    Err("the quote does not end".into())
}

/// Buckets grow to the count.
fn histogram(name: &str, family: &Family) -> Result<(), String> {
    let buckets = family.samples.iter().filter(|one| one.name.ends_with("_bucket"));
    let mut last = (f64::NEG_INFINITY, 0.0);
    for bucket in buckets {
        let bound = bucket.labels.get("le").ok_or("a bucket without le")?;
        let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
        if bound <= last.0 || bucket.value < last.1 {
            return Err(format!("{name}: the buckets do not grow"));
        }
        last = (bound, bucket.value);
    }
    let count = family.samples.iter().find(|one| one.name.ends_with("_count"));
    if last.0 != f64::INFINITY || count.map(|one| one.value) != Some(last.1) {
        return Err(format!("{name}: +Inf is not the count"));
    }
    Ok(())
}

#[test]
fn the_reader_is_strict() {
    let good = "# HELP a_total x\n# TYPE a_total counter\na_total{b=\"c\\\"\\n\",d=\"\"} 1\n";
    assert_eq!(read(good).unwrap()["a_total"].samples[0].labels["b"], "c\"\n");
    for bad in [
        "a_total 1\n",
        "# HELP a_total x\na_total 1\n",
        "# HELP a x\n# TYPE a counter\na 1\n",
        "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"c} 1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"c\" 1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"\\t\"} 1\n",
        "# HELP a x\n# TYPE a gauge\na 1",
        "# HELP a x\n# TYPE a gauge\nb 1\n",
        "# HELP a x\n# TYPE a gauge\na one\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
