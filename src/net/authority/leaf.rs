//! What the certificates say.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SerialNumber, SigningKey,
};
use rustls::pki_types::CertificateDer;

/// Certificates are valid from two days ago, for clients whose clocks are behind.
const BACKDATED_DAYS: i64 = 2;
/// The authority's own certificate lasts ten years.
const AUTHORITY_DAYS: i64 = 3650;
/// Well below the 397 days that clients allow.
const LEAF_DAYS: i64 = 90;
/// Longest common name (X.520, `ub-common-name`).
const COMMON_NAME: usize = 64;

/// The authority's own certificate.
pub fn authority(now: Timestamp, key: &KeyPair) -> Result<Certificate, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(
        DnType::CommonName,
        // Distinct names keep certificate stores from mixing up two projects' authorities.
        format!("Testimony project CA {}", fingerprint(key)),
    );
    params.distinguished_name.push(DnType::OrganizationName, "Testimony");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    valid(&mut params, now, AUTHORITY_DAYS);
    params.self_signed(key)
}

/// A leaf certificate for one host name or address.
pub fn certificate(
    host: &str,
    now: Timestamp,
    key: &KeyPair,
    issuer: &Issuer<'_, impl SigningKey>,
) -> Result<CertificateDer<'static>, Error> {
    let mut params = CertificateParams::new([host.to_owned()])?;
    params.serial_number = Some(serial(host, now, key));
    params.distinguished_name = rcgen::DistinguishedName::new();
    if host.len() <= COMMON_NAME {
        params.distinguished_name.push(DnType::CommonName, host);
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, now, LEAF_DAYS);
    Ok(params.signed_by(key, issuer)?.der().clone())
}

/// A number of its own for each certificate: clients remember issuer and number, and some refuse to
/// see the two again in another certificate.
fn serial(host: &str, now: Timestamp, key: &KeyPair) -> SerialNumber {
    let mut content = key.public_key_raw().to_vec();
    content.extend(now.as_nanosecond().to_le_bytes());
    content.extend(host.as_bytes());
    let hex = crate::exchange::Digest::of(&content).hex();
    let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap_or_default();
    let mut bytes: Vec<u8> = (0..16).map(byte).collect();
    // Positive, and of the same length always (RFC 5280, section 4.1.2.2).
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from(bytes)
}

fn fingerprint(key: &KeyPair) -> String {
    crate::exchange::Digest::of(key.public_key_raw()).hex()[..8].to_owned()
}

fn valid(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let ymd = |offset| {
        let (year, month, day) = date(now, offset);
        rcgen::date_time_ymd(year, month, day)
    };
    params.not_before = ymd(-BACKDATED_DAYS);
    params.not_after = ymd(days);
}

/// The date (UTC) that many days after `now`.
fn date(now: Timestamp, days: i64) -> (i32, u8, u8) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let date = today.saturating_add(days.days());
    (i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_valid_now_and_not_for_long() {
        for time in ["2026-01-01T00:30:00Z", "2028-02-29T23:59:59Z", "2027-12-31T12:00:00Z"] {
            let now: Timestamp = time.parse().unwrap();
            let mut params = CertificateParams::default();
            valid(&mut params, now, LEAF_DAYS);
            let before = now.as_second() - params.not_before.unix_timestamp();
            let after = params.not_after.unix_timestamp() - now.as_second();
            assert!((86_400..4 * 86_400).contains(&before), "{time}: {before}");
            assert!(after > 80 * 86_400, "{time}: {after}");
            assert!((params.not_after - params.not_before).whole_days() < 397, "{time}");
        }
    }

    #[test]
    fn every_kind_of_host_has_a_certificate() {
        let key = KeyPair::generate().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let issuer = Issuer::from_ca_cert_der(authority(now, &key).unwrap().der(), &key).unwrap();
        let leaf = KeyPair::generate().unwrap();
        let long = format!("{}.example", "label.".repeat(20));
        for host in ["api.example", "under_score.example", "192.0.2.1", "2001:db8::1", &long] {
            let made = certificate(host, now, &leaf, &issuer);
            assert!(made.is_ok(), "{host}: {made:?}");
        }
    }
}
