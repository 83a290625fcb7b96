"""The web ACL in front of the API and of the edge."""

from collections.abc import Sequence

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

# Paths that take batches; everywhere else a body over 8 KB is nobody we know.
_BATCHES = ("/partner/v1/orders:batch", "/partner/v1/reconciliations")
_LARGE_BODY = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
_REQUESTS_PER_FIVE_MINUTES = 3000


class Firewall(Construct):
    """Managed rules, a bound per address, and the body rule with its exceptions."""

    def __init__(self, scope: Construct, construct_id: str, *, for_cloudfront: bool) -> None:
        super().__init__(scope, construct_id)
        self.acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="CLOUDFRONT" if for_cloudfront else "REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible("Firewall"),
            rules=[
                _managed(0, "AWSManagedRulesAmazonIpReputationList"),
                _managed(1, "AWSManagedRulesKnownBadInputsRuleSet"),
                # Counted there and judged below, since the managed rule knows no exceptions.
                _managed(2, "AWSManagedRulesCommonRuleSet", counted=["SizeRestrictions_BODY"]),
                _large_bodies(3),
                _rate(4),
            ],
        )


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )


def _managed(priority: int, name: str, counted: Sequence[str] = ()) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        visibility_config=_visible(name),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    waf.CfnWebACL.RuleActionOverrideProperty(
                        name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
                    )
                    for rule in counted
                ]
                or None,
            )
        ),
    )


def _large_bodies(priority: int) -> waf.CfnWebACL.RuleProperty:
    takes_batches = [
        waf.CfnWebACL.StatementProperty(
            byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
                field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
                positional_constraint="ENDS_WITH",
                search_string=path,
                # A client may write the colon of a batch's path as %3A.
                text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE")],
            )
        )
        for path in _BATCHES
    ]
    large = waf.CfnWebACL.StatementProperty(
        label_match_statement=waf.CfnWebACL.LabelMatchStatementProperty(scope="LABEL", key=_LARGE_BODY)
    )
    elsewhere = waf.CfnWebACL.StatementProperty(
        not_statement=waf.CfnWebACL.NotStatementProperty(
            statement=waf.CfnWebACL.StatementProperty(
                or_statement=waf.CfnWebACL.OrStatementProperty(statements=takes_batches)
            )
        )
    )
    return waf.CfnWebACL.RuleProperty(
        name="LargeBodies",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        visibility_config=_visible("LargeBodies"),
        statement=waf.CfnWebACL.StatementProperty(
            and_statement=waf.CfnWebACL.AndStatementProperty(statements=[large, elsewhere])
        ),
    )


def _rate(priority: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="Rate",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        visibility_config=_visible("Rate"),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=_REQUESTS_PER_FIVE_MINUTES
            )
        ),
    )
