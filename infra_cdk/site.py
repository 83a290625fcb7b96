"""What the operators' application asks of whoever serves it: CloudFront in the cloud, the origin on one machine.

Pure, and apart from the template, so that both say the same.
"""

from collections.abc import Iterable, Mapping

# Where a browser may go besides this origin: people sign in at Cognito, models lie in S3.
IN_THE_CLOUD = ("https://*.amazoncognito.com", "https://*.amazonaws.com")

# Files whose names change with their content.
_HASHED = "assets/"
_CONFIGURATION = "config.json"


def content_security_policy(elsewhere: Iterable[str]) -> str:
    """The policy of every page: no code and no style but files of this origin; `elsewhere` may be fetched from."""
    others = " ".join(elsewhere)
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {others}",
            f"img-src 'self' data: {others}",  # the API's page has its pictures as addresses within its style sheet
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def cache_control(path: str) -> str:
    """How long browsers may keep a file of the site, by its path without a leading slash."""
    return "public, max-age=31536000, immutable" if path.startswith(_HASHED) else "no-cache"


def configuration(outputs: Mapping[str, str], *, region: str, sign_in: str) -> dict[str, str]:
    """The members of `config.json`, from the outputs of the stacks.

    `sign_in` is the address of the staff pool's own pages, absolute or relative to the origin.
    """
    return {
        "issuer": f"https://cognito-idp.{region}.amazonaws.com/{outputs['StaffPoolId']}",
        "client_id": outputs["StaffClientId"],
        "sign_in": sign_in,
        "api": "/api",
    }
