"""HTTP as every service of ours speaks it: request context, problems, health routes, bearer tokens, graceful drain."""
