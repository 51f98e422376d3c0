"""The one place where httpsig is imported.

From it we take only the draft's rules on headers: how the signing string and the ``Signature`` header are made up. Its
key operations are not used: they are slower than ``cryptography``'s, and its verifier lets the sender choose the
algorithm, so that an HMAC with the public key as its secret would pass. Its parser of the header is not used either: it
takes the last of two parameters of one name where another reader may take the first, and costs more than the
verification itself.
"""

import warnings

with warnings.catch_warnings():
    # It imports pkg_resources, whose deprecation is known and answered by our pin of setuptools.
    warnings.simplefilter("ignore")
    from httpsig.utils import build_signature_template, generate_message

__all__ = ["signature_header", "signing_string"]


def signing_string(covered: tuple[str, ...], headers: dict[str, str], *, method: str, target: str) -> bytes:
    """What is signed (draft-cavage-http-signatures-12, section 2.3).

    ``headers`` holds each covered name, in lower case. Raises ``UnicodeEncodeError`` for what is not ASCII.
    """
    message: bytes = generate_message(covered, headers, method=method, path=target)
    return message


def signature_header(key_id: str, algorithm: str, covered: tuple[str, ...], signature: str) -> str:
    """The value of the ``Signature`` header (draft-cavage-http-signatures-12, section 4.1)."""
    template: str = build_signature_template(key_id, algorithm, covered, sign_header="signature")
    # Not by the `%` operator: a key id may hold percent signs of its own.
    before, _, after = template.rpartition("%s")
    return f"{before}{signature}{after}"
