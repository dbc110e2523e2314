/* Every device model there is: a new one is its own file and a line here. */
#ifndef ARCHIPELAGO_DYNAMICS_MODELS_H
#define ARCHIPELAGO_DYNAMICS_MODELS_H

#include "dynamics/device.h"

#define DEVICE_MODELS(M) \
  M(DeviceBattery)       \
  M(DeviceBatteryGfl)    \
  M(DeviceBusFrequency)  \
  M(DeviceEsac1a)        \
  M(DeviceEsdc1a)        \
  M(DeviceEsdc2a)        \
  M(DeviceEsst1a)        \
  M(DeviceExac1)         \
  M(DeviceExdc1)         \
  M(DeviceExdc2)         \
  M(DeviceExpload)       \
  M(DeviceExst1)         \
  M(DeviceFrqtpat)       \
  M(DeviceGast)          \
  M(DeviceGdform)        \
  M(DeviceGencls)        \
  M(DeviceGenroe)        \
  M(DeviceGenrou)        \
  M(DeviceGensae)        \
  M(DeviceGensal)        \
  M(DeviceHygov)         \
  M(DeviceIeeeg1)        \
  M(DeviceIeeeg3)        \
  M(DeviceIeeest)        \
  M(DeviceIeeet1)        \
  M(DeviceIeeet2)        \
  M(DeviceIeeeType1)     \
  M(DeviceIeeex2)        \
  M(DeviceIeelbl)        \
  M(DeviceIeesgo)        \
  M(DevicePss2a)         \
  M(DeviceReeca1)        \
  M(DeviceReecb1)        \
  M(DeviceRegca1)        \
  M(DeviceRegfmA1)       \
  M(DeviceRepca1)        \
  M(DeviceSexs)          \
  M(DeviceTgov1)         \
  M(DeviceTwoaxis)       \
  M(DeviceUfls)          \
  M(DeviceUvls)          \
  M(DeviceVsm)           \
  M(DeviceVtgtpat)       \
  M(DeviceWsieg1)        \
  M(DeviceZip)

#define DEVICE_DECLARE(model) extern const DeviceModel model;
DEVICE_MODELS(DEVICE_DECLARE)

#endif
