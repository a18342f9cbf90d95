"""The policy: pure functions of (policy, memory, observation). Time comes in as data."""
