//! Credentials for requests that we send ourselves: headers that carry them, and the signatures of vendors.
//!
//! Pure: the values, the time and the nonce are handed in. [`Credentials`] takes the recorded credentials out of
//! a request and puts fresh ones in; a token that a server gives is read by [`Token`] and asked for elsewhere.

mod acs3;
mod alibaba_rpc;
mod canonical;
mod credentials;
mod hash;
mod huawei;
mod oauth;
mod scheme;
mod sigv4;

pub use credentials::{Credentials, CredentialsError, Place, Stamp};
pub use oauth::{Grant, Token, TokenError};
pub use scheme::Scheme;
