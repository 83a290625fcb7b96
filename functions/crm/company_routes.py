"""Routes by which sellers keep the company's rules, prices and partners."""

from alexandrite.auth.callers import Caller
from alexandrite.company_book.approval import ApprovalRule
from alexandrite.domain.orders import Actor, ActorKind
from alexandrite.domain.price_lists import MetalRates, PriceList
from alexandrite.http.answers import Answer, told
from alexandrite.http.answers import nothing as gone
from alexandrite.http.audiences import Audience
from alexandrite.http.requests import Call, Nothing
from alexandrite.selling.bodies import ActivationRequest, NewKey, NewPartner
from alexandrite.selling.views import (
    ActivationView,
    AllMetalRates,
    IssuedKey,
    MetalRatesEntry,
    Partners,
    PartnerView,
    PriceListEntry,
    PriceLists,
    RuleView,
    activation,
    all_metal_rates,
    price_list_entry,
    price_lists,
)
from crm import composition


def add_company_routes(seller: Audience) -> None:
    """Add the routes of rules, prices and partners."""
    _add_rules(seller)
    _add_price_lists(seller)
    _add_metal_rates(seller)
    _add_partners(seller)


def _actor(caller: Caller) -> Actor:
    return caller.acting_as(ActorKind.SELLER)


def _add_rules(seller: Audience) -> None:
    @seller.route("GET", "/rules/auto-approval", summary="The auto-approval rule", gives=RuleView)
    def get_rule(_call: Call[Nothing, Nothing]) -> Answer:
        """Which accepted orders go to the floor by themselves."""
        rule, revision = composition.book().approval_rule()
        return told(RuleView(rule=rule, revision=revision), version=revision)

    @seller.route(
        "PUT",
        "/rules/auto-approval",
        summary="Set the auto-approval rule",
        takes=ApprovalRule,
        gives=RuleView,
        conditional=True,
    )
    def set_rule(call: Call[ApprovalRule, Nothing]) -> Answer:
        """Applies to orders accepted from now on."""
        revision = composition.book().set_approval_rule(call.body, expected_revision=call.intent.expected_version)
        return told(RuleView(rule=call.body, revision=revision), version=revision)


def _add_price_lists(seller: Audience) -> None:
    @seller.route("GET", "/price-lists", summary="All price lists", gives=PriceLists)
    def list_price_lists(_call: Call[Nothing, Nothing]) -> Answer:
        """With whom each is in force for."""
        return told(price_lists(composition.book().price_lists()))

    @seller.route(
        "POST",
        "/price-lists",
        summary="Add a price list",
        takes=PriceList,
        gives=PriceListEntry,
        status=201,
        refuses=("price_list.exists",),
    )
    def add_price_list(call: Call[PriceList, Nothing]) -> Answer:
        """A version never changes; it is in force once activated, and touches no open offer."""
        entry = composition.book().add_price_list(call.body, by=_actor(call.caller), now=call.intent.at)
        return told(price_list_entry(entry, ()), status=201)

    @seller.route(
        "POST",
        "/price-lists/{version}/activate",
        summary="Put a price list in force",
        takes=ActivationRequest,
        gives=ActivationView,
        refuses=("price_list.not_found", "activation.raced"),
    )
    def activate_price_list(call: Call[ActivationRequest, Nothing], version: str) -> Answer:
        """For one partner, or for all who have none of their own."""
        made = composition.book().activate_price_list(
            version, by=_actor(call.caller), now=call.intent.at, partner=call.body.partner_id
        )
        return told(activation(made, call.body.partner_id))


def _add_metal_rates(seller: Audience) -> None:
    @seller.route("GET", "/metal-rates", summary="All metal rates", gives=AllMetalRates)
    def list_metal_rates(_call: Call[Nothing, Nothing]) -> Answer:
        """And which are in force."""
        return told(all_metal_rates(composition.book().all_metal_rates()))

    @seller.route(
        "POST",
        "/metal-rates",
        summary="Add metal rates",
        takes=MetalRates,
        gives=MetalRatesEntry,
        status=201,
        refuses=("metal_rates.exists",),
    )
    def add_metal_rates(call: Call[MetalRates, Nothing]) -> Answer:
        """In force at once, unless they move a metal by more than 5%: then they wait for a seller's word."""
        entry, active = composition.book().add_metal_rates(call.body, by=_actor(call.caller), now=call.intent.at)
        view = MetalRatesEntry(metal_rates=entry.content, added_at=entry.added_at, active=active is not None)
        return told(view, status=201)

    @seller.route(
        "POST",
        "/metal-rates/{version}/activate",
        summary="Put metal rates in force",
        gives=ActivationView,
        refuses=("metal_rates.not_found", "metal_rates.too_early", "activation.raced"),
    )
    def activate_metal_rates(call: Call[Nothing, Nothing], version: str) -> Answer:
        """A seller's word for rates that moved by more than 5%."""
        made = composition.book().activate_metal_rates(version, by=_actor(call.caller), now=call.intent.at)
        return told(activation(made, None))


def _add_partners(seller: Audience) -> None:
    @seller.route("GET", "/partners", summary="All partners", gives=Partners)
    def list_partners(_call: Call[Nothing, Nothing]) -> Answer:
        """With what may be shown of their keys."""
        found = composition.partners().partners()
        return told(Partners(items=tuple(PartnerView.of(partner) for partner in found)))

    @seller.route(
        "POST",
        "/partners",
        summary="Add a partner",
        takes=NewPartner,
        gives=PartnerView,
        status=201,
        refuses=("partner.exists",),
    )
    def add_partner(call: Call[NewPartner, Nothing]) -> Answer:
        """The same partner sent again is found."""
        body = call.body
        made = composition.partners().add(body.partner_id, body.name, credit=body.credit, now=call.intent.at)
        return told(PartnerView.of(made), status=201)

    @seller.route(
        "POST",
        "/partners/{partner_id}/keys",
        summary="Issue a key",
        takes=NewKey,
        gives=IssuedKey,
        status=201,
        refuses=("key.too_many", "partner.raced"),
    )
    def issue_key(call: Call[NewKey, Nothing], partner_id: str) -> Answer:
        """Shown once, here. Two may be active per mode, so that a partner can change over."""
        body = call.body
        whole, key = composition.partners().issue_key(
            partner_id, body.mode, body.scopes, name=body.name, now=call.intent.at
        )
        return told(IssuedKey(key=whole, **key.model_dump(include=set(IssuedKey.model_fields))), status=201)

    @seller.route(
        "DELETE",
        "/partners/{partner_id}/keys/{key_id}",
        summary="Revoke a key",
        gives=None,
        status=204,
        refuses=("partner.raced",),
    )
    def revoke_key(call: Call[Nothing, Nothing], partner_id: str, key_id: str) -> Answer:
        """It opens nothing any more within a minute."""
        composition.partners().revoke_key(partner_id, key_id, now=call.intent.at)
        return gone()
