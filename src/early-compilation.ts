import { setFlagsFromString } from 'node:v8';

/**
 * V8 compiles a function for good once it has run through so many bytes of it. Requests pass much code and none of it
 * often: by default a service answers thousands before what they all pass is compiled, and until then each costs about
 * a quarter more CPU. A third of the default makes up for that within hundreds. What is compiled is the same.
 */
setFlagsFromString('--interrupt-budget=20000');
/**
 * Until then code is interpreted, unless V8 translates it at its first run, which costs half a second of the start and
 * 20 MB: worth a tenth of the CPU of the next ten thousand requests.
 */
setFlagsFromString('--always-sparkplug');
