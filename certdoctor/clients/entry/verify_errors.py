"""OpenSSL's verify errors: numbers, names, words (X509_STORE_CTX_get_error(3), OpenSSL 3.0)."""

from __future__ import annotations

from certdoctor.model.trust import PathError

NAMES: dict[int, tuple[str, str]] = {
    1: ("UNSPECIFIED", "unspecified certificate verification error"),
    2: ("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"),
    3: ("UNABLE_TO_GET_CRL", "unable to get certificate CRL"),
    4: ("UNABLE_TO_DECRYPT_CERT_SIGNATURE", "unable to decrypt certificate's signature"),
    5: ("UNABLE_TO_DECRYPT_CRL_SIGNATURE", "unable to decrypt CRL's signature"),
    6: ("UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", "unable to decode issuer public key"),
    7: ("CERT_SIGNATURE_FAILURE", "certificate signature failure"),
    8: ("CRL_SIGNATURE_FAILURE", "CRL signature failure"),
    9: ("CERT_NOT_YET_VALID", "certificate is not yet valid"),
    10: ("CERT_HAS_EXPIRED", "certificate has expired"),
    11: ("CRL_NOT_YET_VALID", "CRL is not yet valid"),
    12: ("CRL_HAS_EXPIRED", "CRL has expired"),
    13: ("ERROR_IN_CERT_NOT_BEFORE_FIELD", "format error in certificate's notBefore field"),
    14: ("ERROR_IN_CERT_NOT_AFTER_FIELD", "format error in certificate's notAfter field"),
    18: ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    19: ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"),
    20: ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    21: ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    22: ("CERT_CHAIN_TOO_LONG", "certificate chain too long"),
    23: ("CERT_REVOKED", "certificate revoked"),
    24: ("NO_ISSUER_PUBLIC_KEY", "issuer certificate doesn't have a public key"),
    25: ("PATH_LENGTH_EXCEEDED", "path length constraint exceeded"),
    26: ("INVALID_PURPOSE", "unsuitable certificate purpose"),
    27: ("CERT_UNTRUSTED", "certificate not trusted"),
    28: ("CERT_REJECTED", "certificate rejected"),
    32: ("KEYUSAGE_NO_CERTSIGN", "key usage does not include certificate signing"),
    34: ("UNHANDLED_CRITICAL_EXTENSION", "unhandled critical extension"),
    41: ("INVALID_EXTENSION", "invalid or inconsistent certificate extension"),
    47: ("PERMITTED_VIOLATION", "permitted subtree violation"),
    48: ("EXCLUDED_VIOLATION", "excluded subtree violation"),
    51: ("UNSUPPORTED_CONSTRAINT_TYPE", "unsupported name constraint type"),
    53: ("UNSUPPORTED_NAME_SYNTAX", "unsupported or invalid name syntax"),
    62: ("HOSTNAME_MISMATCH", "hostname mismatch"),
    64: ("IP_ADDRESS_MISMATCH", "IP address mismatch"),
    66: ("EE_KEY_TOO_SMALL", "EE certificate key too weak"),
    67: ("CA_KEY_TOO_SMALL", "CA certificate key too weak"),
    68: ("CA_MD_TOO_WEAK", "CA signature digest algorithm too weak"),
    76: ("SIGNATURE_ALGORITHM_NOT_FOUND", "Cannot find certificate signature algorithm"),
    77: (
        "SIGNATURE_ALGORITHM_MISMATCH",
        "subject signature algorithm and issuer public key algorithm mismatch",
    ),
    79: ("INVALID_CA", "invalid CA certificate"),
    80: ("PATHLEN_INVALID_FOR_NON_CA", "Path length invalid for non-CA cert"),
    82: ("KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA", "Key usage keyCertSign invalid for non-CA cert"),
    85: ("MISSING_AUTHORITY_KEY_IDENTIFIER", "Missing Authority Key Identifier"),
    86: ("MISSING_SUBJECT_KEY_IDENTIFIER", "Missing Subject Key Identifier"),
    89: ("CA_BCONS_NOT_CRITICAL", "Basic Constraints of CA cert not marked critical"),
    92: ("CA_CERT_MISSING_KEY_USAGE", "CA cert does not include key usage extension"),
    94: ("EC_KEY_EXPLICIT_PARAMS", "Certificate public key has explicit ECC parameters"),
}

_NO_ANCHOR = frozenset({2, 18, 19, 20, 21, 27, 33})


def words(code: int) -> str:
    """Return OpenSSL 3.0's sentence for a verify error."""
    return NAMES[code][1] if code in NAMES else f"verify error {code}"


def name(code: int) -> str:
    """Return OpenSSL's constant without its X509_V_ERR_ prefix."""
    return NAMES[code][0] if code in NAMES else f"X509_V_ERR_{code}"


def no_anchor(error: PathError) -> bool:
    """Whether the error says only that the path does not end in a trusted root."""
    return error.code in _NO_ANCHOR
