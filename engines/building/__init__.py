"""The building room: graphs of any family's models made ready for a runner, compared, timed, loaded and measured."""
