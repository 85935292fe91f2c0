"""Airbyte's connector of PyPI (4.0.0) asks /rest/api/3/search, which Jira has removed. Its later releases, which exist as images only,
ask /rest/api/3/search/jql, page by page with tokens, with everything else in that request unchanged."""


def by_tokens(issues):
    """Changes the manifest's stream of issues to do the same."""
    if issues["$parameters"]["path"] != "search":
        raise SystemExit("the manifest's issues are not what this runner knows")
    issues["$parameters"]["path"] = "search/jql"
    issues["retriever"]["paginator"] = {
        "type": "DefaultPaginator",
        "page_size_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "maxResults"},
        "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "nextPageToken"},
        "pagination_strategy": {
            "type": "CursorPagination",
            "cursor_value": "{{ response.get('nextPageToken') }}",
            "stop_condition": "{{ response.get('isLast') or not response.get('nextPageToken') }}",
            "page_size": 50,
        },
    }
