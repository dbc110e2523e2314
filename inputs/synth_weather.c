/* Weather and demand of a generated system: functions of place and hour, without memory of the hours before.

   Wind, cloud and temperature are sums of waves of 200 to 3,000 km that travel eastwards with 15 to 50 km/h, so that what
   neighbours have is nearly the same and what lies 1,000 km apart is not. Wind speeds have a Weibull distribution of shape 2,
   at hub height of 8.5 m/s scale; the power curve is cubic from 3 to 12 m/s. Solar elevation with the declination of Cooper
   (1969), clear-sky irradiance of Haurwitz (1945), attenuation by cloud cover n of 1 - 0.75 n^3.4 (Kasten, Czeplak 1980), and
   a performance ratio of 0.85. */
#include "inputs/synth_impl.h"

#include <math.h>

static void MakeField(PetscInt seed, PetscInt number, SynthField *field)
{
  for (PetscInt k = 0; k < SYNTH_WAVES; k++) {
    const PetscInt  at        = 100 * number + 4 * k;
    const PetscReal length    = 200 * pow(15, SynthUniform(seed, DRAW_WEATHER, 0, at));
    const PetscReal direction = 2 * PETSC_PI * SynthUniform(seed, DRAW_WEATHER, 0, at + 1);
    const PetscReal speed     = SynthBetween(seed, DRAW_WEATHER, 0, at + 2, 15, 50);
    field->kx[k]              = 2 * PETSC_PI / length * cos(direction);
    field->ky[k]              = 2 * PETSC_PI / length * sin(direction);
    field->omega[k]           = field->kx[k] * speed;
    field->phase[k]           = 2 * PETSC_PI * SynthUniform(seed, DRAW_WEATHER, 0, at + 3);
  }
}

void SynthWeatherMake(PetscInt seed, SynthWeather *weather)
{
  weather->seed = seed;
  MakeField(seed, 0, &weather->wind);
  MakeField(seed, 1, &weather->cloud);
  MakeField(seed, 2, &weather->temperature);
}

/* Near normal, of variance 1. */
static PetscReal FieldAt(const SynthField *field, SynthPlace place, PetscReal hours)
{
  PetscReal sum = 0;

  for (PetscInt k = 0; k < SYNTH_WAVES; k++)
    sum += cos(field->kx[k] * place.x + field->ky[k] * place.y - field->omega[k] * hours + field->phase[k]);
  return sum * sqrt(2.0 / SYNTH_WAVES);
}

/* Two short waves of a region's or load's own, of variance 1. */
static PetscReal Local(PetscInt seed, PetscInt region, PetscInt index, PetscReal hours)
{
  PetscReal sum = 0;

  for (PetscInt k = 0; k < 2; k++) {
    const PetscInt at = 4 * index + 2 * k;
    sum += cos(
        2 * PETSC_PI *
        (hours / SynthBetween(seed, DRAW_LOCAL, region, at, 4, 14) + SynthUniform(seed, DRAW_LOCAL, region, at + 1)));
  }
  return sum;
}

static PetscReal NormalShare(PetscReal g)
{
  return 0.5 * erfc(-g / sqrt(2));
}

static PetscReal WindShare(PetscReal g, PetscReal season)
{
  const PetscReal above = PetscMax(1 - NormalShare(g), 1e-9);
  const PetscReal speed = 8.5 * (1 + 0.12 * season) * sqrt(-log(above));

  if (speed < 3 || speed > 25) return 0;
  return PetscMin((speed * speed * speed - 27) / (1728 - 27), 1);
}

static PetscReal SolarShare(PetscReal day, PetscReal hour, PetscReal latitude, PetscReal cloud)
{
  const PetscReal degree      = PETSC_PI / 180;
  const PetscReal declination = 23.45 * degree * sin(2 * PETSC_PI * (284 + day + 1) / 365);
  const PetscReal height      = sin(latitude * degree) * sin(declination) +
                           cos(latitude * degree) * cos(declination) * cos((hour - 12) * 15 * degree);

  if (height <= 0.01) return 0;
  return PetscMin(0.85 * 1.098 * height * exp(-0.057 / height) * (1 - 0.75 * pow(NormalShare(cloud), 3.4)), 1);
}

void SynthWeatherAt(const SynthWeather *weather, PetscInt region, SynthPlace place, PetscInt elapsed, SynthHour *hour)
{
  PetscReal latitude, longitude, day, season;

  SynthLatitudeLongitude(place, &latitude, &longitude);
  hour->elapsed = elapsed;
  hour->hour    = fmod((PetscReal)(elapsed % 24) + 0.5 + longitude / 15 + 24, 24);
  hour->weekday = (SYNTH_WEEKDAY + elapsed / 24) % 7;
  day           = (PetscReal)(elapsed / 24 % 365);
  season        = cos(2 * PETSC_PI * (day - 20) / 365); /* 1: coldest */
  hour->wind    = WindShare(
         0.94 * FieldAt(&weather->wind, place, elapsed) + 0.34 * Local(weather->seed, region, 0, elapsed), season);
  hour->solar       = SolarShare(day, hour->hour, latitude, FieldAt(&weather->cloud, place, elapsed));
  hour->temperature = 10 - 9 * season - 0.6 * (latitude - 47) + 4 * FieldAt(&weather->temperature, place, elapsed) +
                      3 * cos(2 * PETSC_PI * (hour->hour - 15) / 24);
}

static PetscReal Hump(PetscReal hour, PetscReal middle, PetscReal width)
{
  const PetscReal d = (hour - middle) / width;

  return exp(-d * d / 2);
}

/* 1 in working hours, with an hour's slope at either side. */
static PetscReal Working(const SynthHour *at)
{
  const PetscReal up = (at->hour - 7) / 1.5, down = (18.5 - at->hour) / 1.5;

  return at->weekday >= 5 ? 0.2 : PetscMax(PetscMin(PetscMin(up, down), 1), 0);
}

PetscReal SynthDemand(const SynthWeather *weather, SynthClass load, PetscInt region, PetscInt index,
                      const SynthHour *at)
{
  const PetscReal cold = PetscMax(PetscMin((17 - at->temperature) / 30, 1), 0);
  PetscReal       share;

  switch (load) {
  case CLASS_HOUSEHOLD:
    share = 0.32 + 0.2 * Hump(at->hour, 7.5, 1.3) + 0.12 * Hump(at->hour, 13, 2.5) + 0.42 * Hump(at->hour, 19.3, 2.2) +
            0.12 * cold;
    break;
  case CLASS_COMMERCIAL:
    share = 0.28 + 0.55 * Working(at) + 0.08 * cold;
    break;
  case CLASS_INDUSTRY:
    share = 0.6 + 0.3 * Working(at);
    break;
  case CLASS_HEAT:
    share = 0.08 + 0.07 * Hump(at->hour, 7, 1.5) + 0.75 * cold;
    break;
  default:
    share = 0.5 + 0.3 * Working(at);
  }
  share *= 1 + 0.05 * Local(weather->seed, region, index + 1, at->elapsed) / 2;
  return PetscMin(share, 1);
}
