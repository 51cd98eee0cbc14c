use core::fmt;

/// What can be wrong with bytes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not as many as this curve or mode needs.
    Length,
    /// A number is zero, or not below its bound.
    OutOfRange,
    /// The x coordinate belongs to no point of the curve.
    NotOnCurve,
    /// The point is at infinity, of small order, or outside the subgroup of order n.
    WrongOrder,
    /// The explicit parameters make no sound curve, or one outside what is supported.
    Parameters,
    /// The two keys live on different curves.
    CurveMismatch,
    /// The signature does not belong to this hash and key.
    Signature,
    /// The wrapped key does not open under this key: its checksum differs.
    Unwrap,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "wrong length",
            Self::OutOfRange => "number is zero or too large",
            Self::NotOnCurve => "no point of the curve has this x coordinate",
            Self::WrongOrder => "point is not in the subgroup of prime order",
            Self::Parameters => "curve parameters are unsound or unsupported",
            Self::CurveMismatch => "keys are on different curves",
            Self::Signature => "signature does not match the hash and the key",
            Self::Unwrap => "wrapped key fails its checksum",
        })
    }
}

impl core::error::Error for Error {}
