"""Cognito where browsers can tell the difference.

A token that was renewed says since when its bearer is signed in and to which groups they belong, as the first one did;
the emulator's says "now" and nothing, so that careful clients refuse the one and our API the other.
"""

from typing import Any

from ministack.services import cognito

_RENEWAL = "TokenGeneration_RefreshTokens"


def install() -> None:
    """Make renewed tokens say what the first ones said."""
    apply_trigger = cognito._apply_pretoken_trigger
    signed_in_at: dict[str, int] = {}

    def apply_pretoken_trigger(
        *, pool_id: str, claims: dict[str, Any], trigger_source: str, username: str, **others: Any
    ) -> Any:
        sign_in = claims["origin_jti"]
        claims = {**claims, "auth_time": signed_in_at.setdefault(sign_in, claims["auth_time"])}
        if trigger_source == _RENEWAL:
            user = (cognito._get_pool_unscoped(pool_id) or {}).get("_users", {}).get(username, {})
            if groups := user.get("_groups"):
                claims["cognito:groups"] = list(groups)
        return apply_trigger(pool_id=pool_id, claims=claims, trigger_source=trigger_source, username=username, **others)

    cognito._apply_pretoken_trigger = apply_pretoken_trigger
