"""The one path every paid request walks: authenticate, route, open, dispatch, settle."""
