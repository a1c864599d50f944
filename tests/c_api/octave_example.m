% Halfway from Octave: octave octave_example.m, in a folder with halfway_round.mex (octave_glue.c says how it is made).

[y, events] = halfway_round ([0.1, 1e5; 1e-9, 1], "float16");
assert (y, [0.0999755859375, Inf; 0, 1]);
assert (events.results, 4);
assert (events.overflow, 1);
assert (events.inexact, 3);
toward_positive = 3;
assert (halfway_round (0.1, "float16", toward_positive), 0.10003662109375);
try
  halfway_round (1, "float17");
  error ("float17 was accepted");
catch failure
  assert (! isempty (strfind (failure.message, "[parse_format] 'float17' is no format; there are float16")));
end_try_catch
printf ("Octave %s rounds with halfway\n", version ());
