"""Contents of a report: solutions, states and wording, without any drawing."""
