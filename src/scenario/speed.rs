//! How fast each worker computes: stated, by class, by law, or as it was measured.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rand_distr::{Distribution, LogNormal, Uniform};
use serde::de::{self, Deserializer, Expected, MapAccess, SeqAccess};
use serde::{Deserialize, Serialize, Serializer};

use crate::catalogue::Entry;
use crate::error::{Error, Named};
use crate::random::{Purpose, Streams};
use crate::sim::measured;
use crate::time::Round;
use crate::units::forms::{self, Forms, Scalar};
use crate::units::{Classes, PerWorker, Positive, only_word};

/// Every way to say how fast workers are, for `signsim list`.
pub const SPEEDS: &[Entry] = &[
    Entry {
        word: "log_normal",
        about: "{ log_normal: { median: 1, sigma: 0.5 } } each worker's speed drawn once a run",
        source: "the usual fit of device speeds",
    },
    Entry {
        word: "uniform",
        about: "{ uniform: { from: 0.5, to: 2 } } each worker's speed drawn once a run",
        source: "evenly between two speeds",
    },
    Entry {
        word: "classes",
        about: "{ classes: { phones: 1, servers: 4 } } the speed of each class of `workers.classes`",
        source: "device classes",
    },
    Entry {
        word: "trace",
        about: "{ trace: { file: speeds.csv } } a row for each worker: worker,speed",
        source: "a measurement of yours",
    },
];

/// What divides the times of a worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Speed {
    /// One number, a list, or groups.
    Stated(PerWorker<Positive>),
    /// Drawn, by class, or measured.
    Law(SpeedLaw),
}

/// Speeds that are not stated one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SpeedLaw {
    /// Drawn once a run for each worker; the logarithm is normal.
    LogNormal {
        /// Half of all draws are lower; times are stated for the speed 1.
        median: Positive,
        /// Standard deviation of the logarithm.
        sigma: Positive,
    },
    /// Drawn once a run for each worker, evenly between two speeds.
    Uniform {
        /// The lowest speed.
        from: Positive,
        /// The highest speed.
        to: Positive,
    },
    /// A speed for every class.
    Classes(BTreeMap<String, Positive>),
    /// Measured speeds.
    Trace(SpeedFile),
}

/// A CSV file with the columns `worker,speed`; its checksum names what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedFile {
    file: PathBuf,
    /// SHA-256 of the file in hexadecimal, if it shall be no other.
    #[serde(default)]
    sha256: Option<String>,
    /// None before the file is loaded.
    #[serde(skip)]
    speeds: Arc<BTreeMap<u32, Positive>>,
}

fn rows(bytes: &[u8]) -> Result<BTreeMap<u32, Positive>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let mut speeds = BTreeMap::new();
    for (i, row) in reader.deserialize::<(u32, f64)>().enumerate() {
        let line = i + 2;
        let (worker, speed) = row.map_err(|e| format!("line {line}: {e}; the columns are worker,speed"))?;
        let speed = Positive::try_from(speed).map_err(|why| format!("line {line}: {why}"))?;
        if speeds.insert(worker, speed).is_some() {
            return Err(format!("line {line}: a second speed of worker {worker}"));
        }
    }
    Ok(speeds)
}

impl Speed {
    /// Reads the file of a measurement.
    ///
    /// # Errors
    /// When it is not there, or not a table of speeds.
    pub fn load(&mut self) -> crate::error::Result<()> {
        let Self::Law(SpeedLaw::Trace(trace)) = self else { return Ok(()) };
        let mut read = || {
            let bytes = measured::read(&trace.file, &measured::MEASUREMENT, &mut trace.sha256)?;
            let speeds = rows(&bytes).map_err(|why| format!("{}: {why}", trace.file.named()))?;
            trace.speeds = Arc::new(speeds);
            Ok(())
        };
        read().map_err(|why: String| Error::scenario(why).key("trace"))
    }

    /// How many numbers a run of M workers keeps because they are drawn or read, not stated.
    #[must_use]
    pub fn drawn(&self, workers: u32) -> u64 {
        match self {
            Self::Stated(_) => 0,
            Self::Law(_) => u64::from(workers),
        }
    }

    /// The speed of each of `workers` workers in a run with this seed.
    ///
    /// # Errors
    /// When it does not speak for exactly these workers.
    pub fn resolve(
        &self,
        workers: u32,
        classes: &Classes,
        streams: Streams,
    ) -> Result<PerWorker<Positive>, String> {
        let law = match self {
            Self::Stated(speeds) => {
                speeds.check(workers)?;
                return Ok(speeds.clone());
            }
            Self::Law(law) => law,
        };
        let drawn = |sample: &dyn Fn(&mut crate::random::Stream) -> f64| {
            let speed = |m: u32| sample(&mut streams.stream(Purpose::Speed, u64::from(m), Round(0)));
            let outside =
                |x: f64| format!("this law draws a speed of {x}, and a speed is a finite number above 0");
            let speeds = (0..workers).map(speed).map(|x| Positive::try_from(x).map_err(|_| outside(x)));
            PerWorker::each(speeds.collect::<Result<Vec<_>, _>>()?)
        };
        match law {
            SpeedLaw::LogNormal { median, sigma } => {
                let law = LogNormal::new(median.get().ln(), sigma.get()).map_err(|e| e.to_string())?;
                drawn(&|stream| law.sample(stream))
            }
            SpeedLaw::Uniform { from, to } => {
                let law = Uniform::new_inclusive(from.get(), to.get())
                    .map_err(|_| "a uniform law needs the smaller speed as `from`".to_owned())?;
                drawn(&|stream| law.sample(stream))
            }
            SpeedLaw::Classes(speeds) => by_class(speeds, classes),
            SpeedLaw::Trace(trace) => {
                let of = |m: u32| {
                    trace
                        .speeds
                        .get(&m)
                        .copied()
                        .ok_or_else(|| format!("{} has no speed of worker {m}", trace.file.named()))
                };
                if let Some(stranger) = trace.speeds.keys().find(|m| **m >= workers) {
                    return Err(format!(
                        "{} names worker {stranger}, and there are {workers}",
                        trace.file.named()
                    ));
                }
                PerWorker::each((0..workers).map(of).collect::<Result<Vec<_>, _>>()?)
            }
        }
    }
}

fn by_class(speeds: &BTreeMap<String, Positive>, classes: &Classes) -> Result<PerWorker<Positive>, String> {
    if let Some(stranger) = speeds.keys().find(|name| classes.range(name).is_none()) {
        return Err(match classes.names() {
            none if none.is_empty() => {
                format!(
                    "`{stranger}` is no class: write workers.classes, for example {{ phones: 10, servers: 5 }}"
                )
            }
            names => format!("`{stranger}` is no class; there are {names}"),
        });
    }
    let each = classes.iter().map(|(name, count)| {
        let speed = speeds.get(name).ok_or_else(|| format!("the class `{name}` has no speed"))?;
        Ok(std::iter::repeat_n(*speed, count as usize))
    });
    PerWorker::each(each.collect::<Result<Vec<_>, String>>()?.into_iter().flatten())
}

impl Serialize for Speed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stated(speeds) => speeds.serialize(serializer),
            Self::Law(law) => law.serialize(serializer),
        }
    }
}

impl<'de> Forms<'de> for Speed {
    fn of_scalar<E: de::Error>(written: Scalar, expected: &dyn Expected) -> Result<Self, E> {
        match written {
            Scalar::Text(word) if SPEEDS.iter().any(|entry| entry.word == word) => {
                Err(E::custom(format!("`{word}` needs its settings; signsim list speeds shows them")))
            }
            stated => PerWorker::of_scalar(stated, expected).map(Self::Stated),
        }
    }

    fn of_list<A: SeqAccess<'de>>(items: A, expected: &dyn Expected) -> Result<Self, A::Error> {
        PerWorker::of_list(items, expected).map(Self::Stated)
    }

    fn of_mapping<A: MapAccess<'de>>(map: A, _: &dyn Expected) -> Result<Self, A::Error> {
        only_word(map).map(Self::Law)
    }
}

impl<'de> Deserialize<'de> for Speed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "one number, a list of one a worker, groups such as \"10x1 + 5x4\", or a law such as { log_normal: { median: 1, sigma: 0.5 } }";
        forms::read(deserializer, expected)
    }
}
