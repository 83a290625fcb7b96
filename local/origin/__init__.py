"""The one address of the local system: what CloudFront does in the cloud, as a small reverse proxy.

`/api` goes to the REST API's stage, `/ws` to the WebSocket API's, sign-in pages to Cognito, `/docs` and the
single-page application come from `build/site`. Nothing is rewritten, and pages have the headers
that the edge gives them.
"""
