/* Halfway from Octave (and MATLAB): mkoctfile --mex octave_glue.c -lhalfway -o halfway_round.mex
 *
 *   [y, events] = halfway_round (x, format, rounding)
 *
 * rounds the doubles x to the format; rounding (0: ties to even, as in halfway.h) may be left away. */
#include <mex.h>
#include <string.h>

#include "halfway/halfway.h"

void mexFunction(int outputs, mxArray* output[], int inputs, const mxArray* input[]) {
  if (inputs < 2 || inputs > 3 || !mxIsDouble(input[0]) || !mxIsChar(input[1]))
    mexErrMsgTxt("usage: [y, events] = halfway_round (x, format, rounding)");
  halfway_arithmetic arithmetic;
  halfway_events events;
  memset(&events, 0, sizeof events);
  halfway_default_arithmetic(&arithmetic);
  if (inputs == 3) arithmetic.rounding = (int32_t)mxGetScalar(input[2]);
  output[0] = mxDuplicateArray(input[0]);
  double* const x = mxGetPr(output[0]);
  char* const format = mxArrayToString(input[1]);
  const halfway_status status =
      halfway_round(x, 1, x, 1, "float64", format, (int64_t)mxGetNumberOfElements(output[0]), &arithmetic, &events);
  mxFree(format);
  if (status != HALFWAY_OK) mexErrMsgIdAndTxt("halfway:round", "%s", halfway_error_text());
  if (outputs > 1) {
    const char* const names[] = {"results", "overflow", "underflow", "inexact"};
    const int64_t counts[] = {events.results, events.overflow, events.underflow, events.inexact};
    output[1] = mxCreateStructMatrix(1, 1, 4, (const char**)names);
    for (int i = 0; i < 4; ++i) mxSetField(output[1], 0, names[i], mxCreateDoubleScalar((double)counts[i]));
  }
}
