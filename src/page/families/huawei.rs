//! Huawei Cloud: token or signature, `error_code` and `error_msg`, and the image service with an
//! envelope of its own.

use super::{Envelope, Family, Member, MemberKind, Scheme};

const GATEWAY: Envelope = Envelope {
    name: "GatewayError",
    members: &[
        Member { name: "error_code", required: true, kind: MemberKind::Text },
        Member { name: "error_msg", required: true, kind: MemberKind::Text },
        Member { name: "request_id", required: false, kind: MemberKind::Text },
        Member { name: "encoded_authorization_message", required: false, kind: MemberKind::Text },
    ],
};

const SECURITY: &[Scheme] = &[
    Scheme::Header { name: "token", header: "X-Auth-Token" },
    Scheme::Authorization { name: "signature", scheme: "SDK-HMAC-SHA256" },
];

const GATEWAY_CODES: &[u16] = &[413, 414, 429, 494, 502, 504];

pub(super) static HUAWEI: Family = Family {
    name: "huawei",
    signs: &[
        ("X-Auth-Token", 2),
        ("X-Subject-Token", 1),
        ("{project_id}", 1),
        ("error_msg", 1),
        ("in API Explorer", 1),
        ("OBS bucket", 1),
        ("My Cloud", 1),
    ],
    success: None,
    error: Envelope {
        name: "ServiceError",
        members: &[
            Member { name: "error_code", required: true, kind: MemberKind::Text },
            Member { name: "error_msg", required: true, kind: MemberKind::Text },
        ],
    },
    errors_by_default: false,
    envelopes: &[GATEWAY],
    gateway_codes: GATEWAY_CODES,
    security: SECURITY,
    selector: None,
    products: &[],
};

pub(super) static IMS: Family = Family {
    name: "huawei-ims",
    signs: &[
        ("/v1/cloudimages", 6),
        ("/v2/cloudimages", 6),
        ("X-Auth-Token", 2),
        ("X-Subject-Token", 1),
        ("{project_id}", 1),
        ("in API Explorer", 1),
        ("OBS bucket", 1),
    ],
    success: None,
    error: Envelope {
        name: "ServiceError",
        members: &[Member {
            name: "error",
            required: true,
            kind: MemberKind::Members(&[
                Member { name: "code", required: true, kind: MemberKind::Text },
                Member { name: "message", required: true, kind: MemberKind::Text },
            ]),
        }],
    },
    errors_by_default: false,
    envelopes: &[GATEWAY],
    gateway_codes: GATEWAY_CODES,
    security: SECURITY,
    selector: None,
    products: &[],
};
